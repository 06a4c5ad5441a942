import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { load } from "js-yaml";
import { sourceFiles } from "../infra/evidence/record/sourceDigest";
import { AccountError, loadAccount } from "../infra/account/loadAccount";
import * as program from "../infra/release/release";
import { STAGING } from "../infra/release/stackFacts";
import { guardAccount, type AccountGuard } from "./account";

const root = path.join(__dirname, "..");
const written = (change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, string>> => {
  const { config } = load(readFileSync(path.join(__dirname, "account", "Pulumi.staging.yaml"), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  return Object.fromEntries(
    Object.entries({ ...config, ...change }).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
};
const read = (change: Readonly<Record<string, unknown>> = {}) =>
  loadAccount(written(change), "fase-b-account", "staging");

describe("the settings of the account's stack", () => {
  it("are read as they are committed, with an account that keeps its zeros", () => {
    expect(read()).toMatchObject({ id: "123456789012", deployRole: "fase-b-operator" });
    expect(read({ "fase-b-account:id": "001234567890" }).id).toBe("001234567890");
  });

  const repository = { subject: "repo:example-org/fase-b", id: "1", branch: "hardening/fase-b" };
  it.each([
    [
      "every repository of the owner",
      { "fase-b-account:repository": { ...repository, subject: "repo:example-org/*" } },
      /repository\.subject: got "repo:example-org\/\*"/,
    ],
    [
      "a place of its own in the subject",
      { "fase-b-account:repository": { ...repository, subject: "repo:o/r:ref:x" } },
      /repository\.subject/,
    ],
    ["any branch", { "fase-b-account:repository": { ...repository, branch: "*" } }, /repository\.branch/],
    [
      "a variable",
      { "fase-b-account:repository": { ...repository, branch: "${aws:username}" } },
      /repository\.branch/,
    ],
    [
      "a deployer who may change its own rights",
      { "fase-b-account:deployRole": "fase-b-staging-deploy" },
      /deployRole: got "fase-b-staging-deploy"/,
    ],
    ["what nobody knows", { "fase-b-account:more": "x" }, /config: got \["more"\]/],
    ["half an account", { "fase-b-account:id": "1234" }, /: id: got "1234"/],
  ])("refuse %s, in one line", (_what, change, message) => {
    expect(() => read(change)).toThrow(AccountError);
    expect(() => read(change)).toThrow(message);
    expect(() => read(change)).not.toThrow(/\n/);
  });
});

describe("the account's stack (B0.1)", () => {
  const guarded = (rest: Partial<AccountGuard> = {}) =>
    guardAccount({
      stack: "staging",
      settings: read(),
      environment: {},
      nowMs: Date.UTC(2026, 10, 26),
      loadRelease: () => program,
      ...rest,
    });
  const elsewhere = { settings: read({ "fase-b-account:id": "210987654321" }) };

  it("is staging's by name and number, without a letter", () => {
    expect(read().id).toBe(STAGING.accountId);
    expect(guarded()).toBe("staging");
  });

  it("makes nothing in production's account before the three have signed, and who deploys there after", () => {
    expect(() => guarded({ ...elsewhere, stack: "production" })).toThrow(
      /^production's account: got .*production\/roles\.json: got no file that can be read.*B8\.8: got unknown/,
    );
    const released = {
      ...elsewhere,
      stack: "production",
      loadRelease: () => ({ releaseOf: () => ({ unprotect: [] }) }),
    };
    expect(guarded(released)).toBe("production");
  });

  it.each([
    ["staging's name in another account", { ...elsewhere }],
    ["production's name in staging's account", { stack: "production" }],
    ["another name", { stack: "staging-2" }],
  ])("refuses %s", (_what, rest) => {
    expect(() => guarded(rest)).toThrow(
      /^the account's stack: got .*; allowed: staging in 123456789012, production in another one/,
    );
  });

  it("refuses to ask another host than AWS", () => {
    expect(() => guarded({ environment: { AWS_ENDPOINT_URL_STS: "https://example.com" } })).toThrow(
      /^AWS_ENDPOINT_URL_STS: got another endpoint/,
    );
  });
});

describe("the account's stack, beside the program", () => {
  it("is in the source's digest, but for its settings and three lines that begin it", () => {
    const files = sourceFiles(root);
    expect(files).toContain("stacks/account.ts");
    expect(files).toContain("infra/account/trust.ts");
    expect(files.filter((file) => file.startsWith("stacks/account/"))).toEqual([]);
    expect(readdirSync(path.join(__dirname, "account")).sort()).toEqual([
      "Pulumi.staging.yaml",
      "Pulumi.yaml",
      "README.md",
      "index.ts",
    ]);
    const begins = readFileSync(path.join(__dirname, "account", "index.ts"), "utf8");
    expect(begins.split("\n").filter((line) => line !== "" && !line.startsWith("/**"))).toEqual([
      'import { account, asAPersonReads } from "../account";',
      "export = async () => asAPersonReads(account);",
    ]);
  });

  it("is loaded by nothing of the program", () => {
    const loading = sourceFiles(root)
      .filter((file) => /\.(ts|cjs)$/.test(file) && !/\.test\.ts$/.test(file))
      .filter((file) => !file.startsWith("infra/account/") && file !== "stacks/account.ts")
      .filter((file) =>
        /(from|require\()\s*"(\.\/account|\.\.\/account|[./]*\/infra\/account\/[^"]*|\.\.\/account\/[^"]*)"/.test(
          readFileSync(path.join(root, file), "utf8"),
        ),
      );
    expect(loading).toEqual([]);
  });
});
