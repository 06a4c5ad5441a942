import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

/** What the host is told of who must look, before anything gets into the work's branch (B0.3). */

const root = path.join(__dirname, "..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}
const ruleset = JSON.parse(read(".github/rulesets/hardening-fase-b.json")) as {
  readonly enforcement: string;
  readonly target: string;
  readonly bypass_actors: readonly unknown[];
  readonly conditions: {
    readonly ref_name: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  };
  readonly rules: readonly Rule[];
};
const parametersOf = (type: string): Readonly<Record<string, unknown>> =>
  ruleset.rules.find((rule) => rule.type === type)?.parameters ?? {};

describe("the ruleset of the work's branch (B0.3)", () => {
  it("is in force there, for everybody", () => {
    expect(ruleset).toMatchObject({
      target: "branch",
      enforcement: "active",
      bypass_actors: [],
      conditions: { ref_name: { include: ["refs/heads/hardening/fase-b"], exclude: [] } },
    });
  });

  it("lets nothing in but by a pull request with two reviews of its last commit: one of each of two teams", () => {
    const parameters = parametersOf("pull_request");
    expect(parameters).toMatchObject({
      required_approving_review_count: 2,
      require_code_owner_review: true,
      require_last_push_approval: true,
      dismiss_stale_reviews_on_push: true,
    });
    const teams = parameters["required_reviewers"] as readonly {
      readonly reviewer: { readonly id: number; readonly type: string };
      readonly file_patterns: readonly string[];
      readonly minimum_approvals: number;
    }[];
    expect(teams.map(({ reviewer: { type }, minimum_approvals }) => [type, minimum_approvals])).toEqual([
      ["Team", 1],
      ["Team", 1],
    ]);
    expect(new Set(teams.map(({ reviewer: { id } }) => id)).size).toBe(2);
    // Of every file, whether a star goes past a slash or not.
    for (const { file_patterns } of teams) expect(file_patterns).toEqual(["*", "**/*"]);
  });

  it("keeps the branch: nobody deletes it or writes its history anew", () => {
    expect(ruleset.rules.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["deletion", "non_fast_forward"]),
    );
  });

  it("asks for checks that there are, by GitHub's own app, of the branch as it is", () => {
    const { required_status_checks: checks, strict_required_status_checks_policy: strict } = parametersOf(
      "required_status_checks",
    ) as {
      readonly required_status_checks: readonly {
        readonly context: string;
        readonly integration_id: number;
      }[];
      readonly strict_required_status_checks_policy: boolean;
    };
    expect(strict).toBe(true);
    const folder = path.join(root, ".github", "workflows");
    const jobs = readdirSync(folder).flatMap((file) => {
      const { on, jobs: all } = parse(readFileSync(path.join(folder, file), "utf8")) as {
        readonly on: object;
        readonly jobs: Readonly<Record<string, { readonly name: string }>>;
      };
      return "pull_request" in on ? Object.values(all).map(({ name }) => name) : [];
    });
    expect(checks.map(({ context }) => context)).toEqual(
      expect.arrayContaining(["proofs", "preview of staging", "two reviews"]),
    );
    for (const { context, integration_id: app } of checks) {
      expect(jobs).toContain(context);
      expect(app).toBe(15368);
    }
  });
});

const lines = read(".github/CODEOWNERS")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(/\s+/))
  .map(([pattern = "", ...owners]) => ({ pattern, owners }));

/** Of the patterns that are used here: `*`, a file, a folder with all below it, one star for a part of a path. */
function fits(pattern: string, file: string): boolean {
  if (pattern === "*") return true;
  const expression = pattern
    .replace(/^\//, "")
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[^/]*");
  return new RegExp(`^${expression}${pattern.endsWith("/") ? "" : "$"}`).test(file);
}
const ownersOf = (file: string): readonly string[] =>
  lines.filter(({ pattern }) => fits(pattern, file)).at(-1)?.owners ?? [];

describe("code owners (B0.3)", () => {
  const TEAMS = ["@example-org/lead-api-security", "@example-org/qa-sec"];
  const GUARDS = ["@example-org/lead-security"];

  it.each([
    "infra/gateway/gateway.ts",
    "Pulumi.staging.yaml",
    "README.md",
    "package.json",
    "stacks/staging.ts",
  ])("are the two teams of %s", (file) => expect(ownersOf(file)).toEqual(TEAMS));

  it.each([
    "stacks/staging/roles.json",
    "stacks/production/roles.json",
    "stacks/staging/collectors.json",
    "stacks/production/letters/fase-b-001.json",
    "infra/release/trustedRoles.ts",
    "policies/lib/trustedRoles.ts",
    "infra/release/stackFacts.ts",
    "policies/lib/stackFacts.ts",
    "policies/catalogue.ts",
    "policies/b5-tls/anything.ts",
    "stacks/guard.ts",
    "stacks/boundary.ts",
    "stacks/account.ts",
    "stacks/account/Pulumi.staging.yaml",
    "cli/deploy/run.ts",
    ".github/CODEOWNERS",
    ".github/workflows/staging.yml",
    ".github/rulesets/hardening-fase-b.json",
    ".ci/run",
    "pins.json",
  ])("of what guards the release are Lead Security alone: %s", (file) =>
    expect(ownersOf(file)).toEqual(GUARDS),
  );

  it("are named for places that there are", () => {
    const missing = lines
      .map(({ pattern }) => pattern.replace(/^\//, ""))
      .filter((pattern) => !pattern.includes("*") && !existsSync(path.join(root, pattern)));
    expect(missing).toEqual([]);
  });
});
