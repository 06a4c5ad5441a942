import { delimiter } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../usageError";
import { engineEnvironment } from "./environment";

const PROJECT = "/home/user/project";
const given = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => engineEnvironment(environment, PROJECT);

describe("what an update is given of the environment", () => {
  it.each([
    "NODE_OPTIONS",
    "NODE_PATH",
    "LD_PRELOAD",
    "TS_NODE_COMPILER",
    "npm_config_node_options",
    "NPM_CONFIG_NODE_OPTIONS",
    "PULUMI_OPTION_IGNORE_PROTECT",
    "PULUMI_OPTION_POLICY_PACK_CONFIG",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_DEBUG_LANGUAGES",
    "PULUMI_SKIP_CHECKPOINTS",
    "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES",
    "PULUMI_NODEJS_TSCONFIG_PATH",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "TF_AWS_STS_ENDPOINT",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
  ])("is refused with %s, in one line that does not show its value", (name) => {
    const attempt = (): unknown => given({ [name]: "s3cret" });
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(
      new RegExp(`^${name}: got [^\\n]+; allowed: [^\\n]+; fix: unset ${name}[^\\n]*$`),
    );
    expect(attempt).not.toThrow(/s3cret/);
    expect(() => given({ [name]: "" })).not.toThrow();
  });

  it("is all else: who one is, where the state is, a company's proxy, the pipeline", () => {
    const environment = {
      AWS_PROFILE: "staging",
      AWS_REGION: "eu-west-1",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://169.254.169.254",
      HTTPS_PROXY: "http://proxy.example.net:3128",
      NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
      npm_config_registry: "https://registry.example.net",
      PULUMI_ACCESS_TOKEN: "token",
      PULUMI_BACKEND_URL: "file:///state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/passphrase",
      PULUMI_HOME: "/home/user/.pulumi",
      PULUMI_CI_SYSTEM: "example",
    };
    expect(given(environment)).toMatchObject(environment);
  });

  it("asks AWS, whatever endpoint a profile names", () => {
    expect(given({}).AWS_IGNORE_CONFIGURED_ENDPOINT_URLS).toBe("true");
  });

  it("finds pulumi, node and providers outside the project and its packages", () => {
    const path = [
      `${PROJECT}/node_modules/.bin`,
      "/home/user/node_modules/.bin/",
      "/home/node_modules/.bin",
      "",
      ".",
      "bin",
      PROJECT,
      `${PROJECT}/bin`,
      "/usr/lib/node_modules/npm/bin",
      "/home/user/project-of-others/bin",
      "/home/user/..bin",
      "/usr/bin",
    ].join(delimiter);
    expect(given({ PATH: path })["PATH"]?.split(delimiter)).toEqual([
      "/usr/lib/node_modules/npm/bin",
      "/home/user/project-of-others/bin",
      "/home/user/..bin",
      "/usr/bin",
    ]);
  });
});
