import { describe, expect, it } from "vitest";
import type { PolicyException } from "../../policies/lib/exceptions";
import type { PolicyDefinition } from "../../policies/lib/policy";
import type { PackReport, PolicyInfo } from "../preview/model";
import type { AuditedResource, PolicyRow } from "./model";
import { policyRowsOf } from "./policyRows";

const SECRET = "aws:secretsmanager/secret:Secret";
const urnOf = (name: string, stack = "staging"): string => `urn:pulumi:${stack}::fase-b::${SECRET}::${name}`;
const resources: readonly AuditedResource[] = ["a", "b", "c"].map((name) => ({
  urn: urnOf(name),
  type: SECRET,
  name,
}));
const NAME = "secrets-bind-rotation";
const info: PolicyInfo = {
  name: NAME,
  displayName: NAME,
  description: "Every secret rotates.",
  enforcementLevel: "mandatory",
  severity: "high",
  clauses: ["B6.1"],
  remediationSteps: "rotate it.",
  url: "https://example.com",
  tags: [],
};
const definition = (kind: PolicyDefinition["kind"], types: readonly string[]): PolicyDefinition => ({
  name: NAME,
  severity: "high",
  clauses: ["B6.1"],
  summary: "Every secret rotates.",
  reads: "Secret",
  remediation: "rotate it.",
  url: "https://example.com",
  kind,
  types,
  build: () => {
    throw new Error("nobody builds it here");
  },
});
const onStack = definition("stack", []);
const exception = (id: string, name: string, change: Partial<PolicyException> = {}): PolicyException => ({
  id,
  policy: NAME,
  stack: "staging",
  resource: `${SECRET}::${name}`,
  reason: "It cannot rotate by itself.",
  recorded: "2026-11-26",
  expires: "2027-11-26",
  ...change,
});

function rowOf(
  standing: readonly PolicyException[],
  report: Partial<PackReport> = {},
  of: PolicyDefinition = onStack,
): PolicyRow {
  const pack: PackReport = {
    name: "fase-b",
    version: "1",
    policies: [info],
    violations: [],
    notApplicable: [],
    ...report,
  };
  const [row] = policyRowsOf(pack, [of], resources, standing);
  if (!row) throw new Error("no row");
  return row;
}

describe("a policy on the stack", () => {
  it("shows what an exception lifted of it, by resource", () => {
    const { findings, verdict } = rowOf([exception("EX-001", "b"), exception("EX-002", "c")]);
    expect(verdict).toBe("passed");
    expect(findings).toEqual([
      {
        resource: 1,
        verdict: "excepted",
        message: "Excepted by EX-001 until 2027-11-26: It cannot rotate by itself.",
        exception: { id: "EX-001", expires: "2027-11-26" },
      },
      expect.objectContaining({ resource: 2, exception: { id: "EX-002", expires: "2027-11-26" } }),
    ]);
  });

  it("shows no exception of another policy, stack or resource, and none where it is disabled", () => {
    expect(
      rowOf([
        exception("EX-001", "b", { policy: "another" }),
        exception("EX-002", "b", { stack: "production" }),
        exception("EX-003", "d"),
      ]).findings,
    ).toEqual([]);
    const policies = [{ ...info, enforcementLevel: "disabled" as const }];
    expect(rowOf([exception("EX-001", "b")], { policies }).findings).toEqual([]);
  });

  it("shows none where the pack says that it found nothing to except", () => {
    const violations = [
      {
        pack: "fase-b",
        policy: NAME,
        enforcementLevel: "mandatory" as const,
        severity: "high" as const,
        message: "exception EX-001: got nothing to except",
        urn: urnOf("b"),
      },
    ];
    const row = rowOf([exception("EX-001", "b")], { violations });
    expect(row.findings.map(({ verdict }) => verdict)).toEqual(["violated"]);
  });

  it("lists no resources that passed, and says that it judges the stack as a whole", () => {
    expect(rowOf([])).not.toHaveProperty("passed");
    expect(rowOf([]).judges).toMatch(/^the stack as a whole/);
  });
});

describe("a policy on single resources", () => {
  it("shows what passed, and by which exception another one is excepted, as the pack tells it", () => {
    const notApplicable = [
      { policy: NAME, reason: "Excepted by EX-001 until 2027-11-26: so.", urn: urnOf("b") },
    ];
    const row = rowOf(
      [exception("EX-001", "b"), exception("EX-002", "c")],
      { notApplicable },
      definition("resource", [SECRET]),
    );
    expect(row.passed).toEqual([0, 2]);
    expect(row.judges).toBe(`each ${SECRET}`);
    expect(row.findings).toEqual([
      {
        resource: 1,
        verdict: "excepted",
        message: "Excepted by EX-001 until 2027-11-26: so.",
        exception: { id: "EX-001", expires: "2027-11-26" },
      },
    ]);
  });
});
