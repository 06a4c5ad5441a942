import { describe, expect, it } from "vitest";
import type { PolicyException } from "../../policies/lib/exceptions";
import type { PackReport, PolicyInfo } from "../preview/model";
import { auditOf } from "./audit";
import type { Audit, LetterRow } from "./model";

const SECRET = "aws:secretsmanager/secret:Secret";
const info = (name: string, clause: string): PolicyInfo => ({
  name,
  displayName: name,
  description: "",
  enforcementLevel: "mandatory",
  severity: "high",
  clauses: [clause],
  remediationSteps: "",
  url: "https://example.com",
  tags: [],
});
const pack: PackReport = {
  name: "fase-b",
  version: "1",
  policies: [info("production-requires-letter", "B0.2"), info("secrets-bind-rotation", "B6.1")],
  violations: [],
  notApplicable: [],
};
const letters: readonly LetterRow[] = [
  { phase: "fase-a", title: "Carta GO Fase A", valid: true, says: "number 1, GO" },
  { phase: "fase-b", title: "Carta GO Fase B", valid: false, says: "got no letter" },
];
const exception: PolicyException = {
  id: "EX-001",
  policy: "secrets-bind-rotation",
  stack: "staging",
  resource: `${SECRET}::root`,
  reason: "It changes with its generation.",
  recorded: "2026-11-26",
  expires: "2027-11-26",
};

const audited = (stack: string, at = "2026-11-26T12:00:00Z"): Audit =>
  auditOf({
    judged: {
      project: "fase-b",
      stack,
      subject: { from: "preview", resources: 1, hiddenSecrets: 0, beingDeleted: 0, pendingOperations: 0 },
      resources: [{ urn: `urn:pulumi:${stack}::fase-b::${SECRET}::root`, type: SECRET, custom: true }],
      pack,
    },
    definitions: [],
    packVersion: "1",
    exceptions: { policies: [exception], controls: [] },
    evidence: { stack: "staging", source: "", clauses: [], refusals: [] },
    kickOff: { set: false, because: "there is no valid Carta GO Fase A" },
    letters,
    at: new Date(at),
  });
const clause = ({ clauses }: Audit, id: string) => clauses.find((one) => one.id === id);

describe("an audit", () => {
  it("asks staging for the letter that starts the work, and what is not staging for its release too (B0.2)", () => {
    expect(clause(audited("staging"), "B0.2")?.state).toBe("met");
    expect(clause(audited("production"), "B0.2")).toMatchObject({
      state: "unknown",
      because: ["1 of 1 policy holds", "Carta GO Fase B: got no letter"],
    });
  });

  it("counts what an exception lifts to the end of its last day", () => {
    const said = (at: string): string => clause(audited("staging", at), "B6.1")?.because.join() ?? "";
    expect(said("2027-11-26T23:59:59Z")).toContain("1 resource excepted (EX-001 until 2027-11-26)");
    expect(said("2027-11-27T00:00:00Z")).not.toContain("excepted");
  });
});
