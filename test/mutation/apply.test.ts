import { describe, expect, it } from "vitest";
import { UNKNOWN } from "../../cli/preview/engine/signatures";
import { encodeStruct } from "../../cli/preview/engine/values";
import { analyzed } from "../support/analyzed";
import { applied } from "./apply";
import type { Edit } from "./mutant";
import type { Recording } from "./recording";

const key = "urn:pulumi:staging::fase-b::aws:kms/key:Key::key";
const table = analyzed(
  {
    urn: "urn:pulumi:staging::fase-b::aws:dynamodb/table:Table::requests",
    type: "aws:dynamodb/table:Table",
    name: "requests",
  },
  { dependencies: [key], propertyDependencies: new Map([["serverSideEncryption", [key]]]) },
);
const inputs = encodeStruct({ serverSideEncryption: { enabled: true, kmsKeyArn: UNKNOWN } });
const recording: Recording = {
  moment: "preview",
  resources: [{ analyzed: table, inputs, outputs: inputs, custom: true }],
  outputsOf: (_urn, _type, changed) => encodeStruct(changed),
};

/** From whom the encryption's values are said to come after an edit. */
const related = (edit: Edit): unknown =>
  applied(recording, [{ where: "Table::requests", edit }]).resources[0]?.analyzed.propertyDependencies.get(
    "serverSideEncryption",
  );

describe("a dropped value", () => {
  it("takes the relation with it when nothing else came from elsewhere, as the SDK would say it", () => {
    expect(related({ drop: "serverSideEncryption.kmsKeyArn" })).toEqual([]);
  });

  it("leaves the relation when another value still comes from there", () => {
    expect(related({ drop: "serverSideEncryption.enabled" })).toEqual([key]);
  });
});
