import { describe, expect, it } from "vitest";
import { stagingValues } from "../../test/support/staging";
import { trust } from "../trust/trust.schema";
import { checkRotations } from "./rotationRules";
import { secrets } from "./secrets.schema";

const values = stagingValues();
const staging = secrets.parse(values["secrets"]);
const trustSettings = trust.parse(values["trust"]);

type Rotation = typeof staging.rotation;

const pathsWith = (change: Partial<Rotation>, watch: Partial<typeof staging.watch> = {}): string[] =>
  checkRotations(
    { ...staging, rotation: { ...staging.rotation, ...change }, watch: { ...staging.watch, ...watch } },
    trustSettings,
  ).map(({ path, got }) => `${path}: ${got}`);

describe("the rotations of staging", () => {
  it("fit each other", () => {
    expect(pathsWith({})).toEqual([]);
  });

  it("replace a leaf before its alarm rings: 7 days less a third", () => {
    expect(pathsWith({ edgeCertificate: { schedule: "rate(4 days)", windowHours: 12 } })).toEqual([]);
    expect(pathsWith({ edgeCertificate: { schedule: "rate(4 days)", windowHours: 20 } })).toEqual([
      "secrets.rotation.edgeCertificate.schedule: rate(4 days), up to 116 h from one to the next",
    ]);
  });

  it("end an overlap before the next rotation", () => {
    expect(
      pathsWith({ stageCertificate: { ...staging.rotation.stageCertificate, overlapDays: 30 } }).concat(
        pathsWith({ clientKeys: { schedule: "rate(7 days)", windowHours: 4, overlapDays: 7 } }),
      ),
    ).toEqual([
      "secrets.rotation.stageCertificate.overlapDays: 30 days",
      "secrets.rotation.clientKeys.overlapDays: 7 days",
    ]);
  });

  it("page for a secret that waits longer than it may, not for one that waits for its turn", () => {
    expect(pathsWith({}, { staleAfterDays: 31 })).toEqual([]);
    expect(pathsWith({}, { staleAfterDays: 30 })).toEqual([
      "secrets.watch.staleAfterDays: 30 days",
      "secrets.watch.staleAfterDays: 30 days",
    ]);
  });
});

describe("the schema of secrets", () => {
  const issuesWith = (schedule: string, windowHours = 4): string[] => {
    const changed = {
      ...staging.rotation,
      clientKeys: { ...staging.rotation.clientKeys, schedule, windowHours },
    };
    const { error } = secrets.safeParse({ ...staging, rotation: changed });
    return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
  };

  it("takes what leaves no value for more than 90 days, its window included", () => {
    expect(issuesWith("rate(89 days)", 24)).toEqual([]);
    expect(issuesWith("rate(90 days)")).toEqual([
      "rotation.clientKeys.schedule: at most 90 days from one rotation to the next, window included",
    ]);
    expect(issuesWith("cron(0 8 1 1/3 ? *)")).toHaveLength(1);
  });

  it("needs somebody who may write secrets", () => {
    expect(secrets.safeParse({ ...staging, operatorRoles: [] }).success).toBe(false);
  });
});
