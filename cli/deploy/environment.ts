import { delimiter, isAbsolute, join, relative, sep } from "node:path";
import { divertedEndpoints } from "../../infra/release/endpoints";
import { formatProblem, type Problem } from "../../infra/shared/problem";
import { UsageError } from "../usageError";

interface Rule {
  readonly refuses: (name: string) => boolean;
  readonly got: string;
  readonly allowed: string;
  /** What to do beside taking the variable away. */
  readonly instead?: string;
}

/** Whoever one is and where the state is; how much at once; and what a pipeline says of itself. */
const ENGINES_OWN =
  /^PULUMI_(ACCESS_TOKEN|API|BACKEND_URL|CONFIG_PASSPHRASE(_FILE)?|CREDENTIALS_PATH|CREDENTIAL_STORE|DEFAULT_ORGANIZATION|HOME|PARALLEL|SKIP_UPDATE_CHECK|DISABLE_AUTOMATIC_PLUGIN_ACQUISITION|ENABLE_STREAMING_JSON_PREVIEW|DISABLE_CI_DETECTION|(CI|GIT|VCS)_.+)$/;

const PRELOADS = "what loads code before the program and the pack, or instead of theirs";

const RULES: readonly Rule[] = [
  {
    // npm makes the first of the others, whosever .npmrc says so. https://docs.npmjs.com/cli/using-npm/config#node-options
    refuses: (name) => name === "NODE_OPTIONS" || /^npm_config_node_options$/i.test(name),
    got: PRELOADS,
    allowed: "nothing of the kind",
    instead: ", and take node-options out of .npmrc",
  },
  {
    // ts-node is registered for each pack before the pack is loaded.
    // https://nodejs.org/api/modules.html#loading-from-the-global-folders
    refuses: (name) => /^(NODE_PATH|LD_PRELOAD|DYLD_INSERT_LIBRARIES|TS_NODE_.+)$/.test(name),
    got: PRELOADS,
    allowed: "nothing of the kind",
  },
  {
    // Every flag of the CLI has one, `--ignore-protect`, `--target` and `--policy-pack-config` too (PULUMI_OPTION_IGNORE_PROTECT, since
    // 3.208), and others put a provider's or the program's host in the place of the real one (PULUMI_DEBUG_PROVIDERS).
    // https://github.com/pulumi/pulumi/blob/master/pkg/cmd/pulumi/pulumi.go (declareFlagsAsEnvironmentVariables)
    refuses: (name) => name.startsWith("PULUMI_") && !ENGINES_OWN.test(name),
    got: "what could change how the engine works",
    allowed: "who one is, where the state is, what a pipeline says of itself",
  },
  {
    // A proxy forges no TLS without an authority of its own, so that proxies are left alone. An authority that only this run has could be
    // there for that: with a proxy it is STS. One that the machine itself trusts is its owner's.
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html (AWS_CA_BUNDLE), https://pkg.go.dev/crypto/x509#SystemCertPool
    refuses: (name) => /^(AWS_CA_BUNDLE|SSL_CERT_FILE|SSL_CERT_DIR)$/.test(name),
    got: "authorities of this run's own, who could say that they are AWS",
    allowed: "those that the system trusts",
    instead: ", and put a company's own authority into the system's store",
  },
];

/**
 * What the engine, the providers, the program and the pack are given: what the command was, but for what could replace or divert them.
 *
 * @throws UsageError naming the first variable that may not be
 */
export function engineEnvironment(environment: NodeJS.ProcessEnv, projectDir: string): NodeJS.ProcessEnv {
  const [problem] = [...divertedEndpoints(environment), ...refused(environment)];
  if (problem !== undefined) throw new UsageError(formatProblem(problem));
  return {
    ...environment,
    ...(environment["PATH"] === undefined ? {} : { PATH: outside(projectDir, environment["PATH"]) }),
    // `endpoint_url` in a profile of ~/.aws/config does what the variables do.
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
  };
}

const refused = (environment: NodeJS.ProcessEnv): readonly Problem[] =>
  RULES.flatMap(({ refuses, got, allowed, instead = "" }) =>
    Object.keys(environment)
      .filter((name) => environment[name] !== "" && refuses(name))
      .sort()
      .map((name) => ({ path: name, got, allowed, fix: `unset ${name}${instead}` })),
  );

/**
 * npm puts the project's `node_modules/.bin` first, and those of the folders above it: what lies there would be taken for `pulumi`, for
 * `node`, or for a provider. So would what lies in the project, or in whatever folder the engine works in.
 * https://docs.npmjs.com/cli/using-npm/scripts#path
 */
const outside = (projectDir: string, path: string): string =>
  path
    .split(delimiter)
    .filter((folder) => {
      const below = relative(projectDir, folder);
      const inProject =
        below === "" || (!below.startsWith(`..${sep}`) && below !== ".." && !isAbsolute(below));
      return (
        isAbsolute(folder) &&
        !inProject &&
        !folder.replace(/[/\\]+$/, "").endsWith(join("node_modules", ".bin"))
      );
    })
    .join(delimiter);
