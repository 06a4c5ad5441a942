import { afterEach, describe, expect, it } from "vitest";
import { ProgramCopy } from "./support/programCopy";

/** A change of the authority's generation, as the README tells it, run by the real command under the whole pack. */
let copy: ProgramCopy | undefined;
afterEach(() => copy?.remove());

const today = "- { id: g1, state: issuing }";
const excepting = (generation: string): string =>
  ["root", "clients-issuer", "services-issuer"]
    .map(
      (part, i) => `  {
    id: "EX-9${generation.slice(1)}${i}",
    policy: "secrets-bind-rotation",
    stack: "staging",
    resource: "aws:secretsmanager/secret:Secret::authority-${generation}-${part}-secret",
    reason: "An authority's key changes with its generation: replaced in place it would cut off everybody.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  },
`,
    )
    .join("");

/** The program with these generations, and with the exceptions that a second one needs. */
const withGenerations = (generations: string, ...second: readonly string[]) => {
  copy = new ProgramCopy().edit("Pulumi.staging.yaml", today, generations);
  for (const id of second)
    copy.edit(
      "policies/exceptions.ts",
      "export const policyExceptions: readonly PolicyException[] = [\n",
      `export const policyExceptions: readonly PolicyException[] = [\n${excepting(id)}`,
    );
  return copy.preview();
};

const violated = (output: string): readonly string[] =>
  [...output.matchAll(/✗ ([a-z-]+) .*violated/g)].map(([, name = ""]) => name);

describe("the authority's next generation (B5.2)", () => {
  it.each([
    ["is introduced", `${today}\n      - { id: g2, state: introduced }`],
    [
      "issues while the last one retires",
      '- { id: g1, state: retiring, stoppedIssuing: "2026-11-20" }\n      - { id: g2, state: issuing }',
    ],
    [
      "stands alone once the last one is retired",
      '- { id: g1, state: retired, stoppedIssuing: "2026-06-01", notTrusted: "2026-11-20" }\n      - { id: g2, state: issuing }',
    ],
    [
      "changes the issuers alone, below the root that is there",
      '- { id: g1, state: retiring, stoppedIssuing: "2026-11-20" }\n      - { id: g2, state: issuing, root: g1 }',
    ],
  ])("%s, and every policy passes", (what, generations) => {
    const { status, output } = withGenerations(generations, "g2");
    // A generation below another's root has none of its own, so one exception of the three is needless.
    const needless = what.startsWith("changes") ? ["exceptions-require-record"] : [];
    expect(violated(output)).toEqual(needless);
    expect(status).toBe(needless.length);
  });

  it("is asked for its exceptions, by name", () => {
    const { status, output } = withGenerations(`${today}\n      - { id: g2, state: introduced }`);
    expect(violated(output)).toEqual(["secrets-bind-rotation"]);
    expect(status).toBe(1);
  });

  it("does not take the place of the last one at once: what is protected would be lost", () => {
    const { status, output } = withGenerations("- { id: g2, state: issuing }", "g2");
    expect(status).toBe(1);
    expect(output).toMatch(/Protected: \d+ resources would be deleted, which the engine refuses/);
    expect(output).toContain("authority-g1-root-key");
  });

  it("is refused on a day that has not come", () => {
    const { status, output } = withGenerations(
      '- { id: g1, state: retiring, stoppedIssuing: "2999-01-01" }\n      - { id: g2, state: issuing }',
    );
    expect(status).toBe(2);
    expect(output).toContain('stoppedIssuing: got "2999-01-01"; allowed: a day that has come');
  });
});
