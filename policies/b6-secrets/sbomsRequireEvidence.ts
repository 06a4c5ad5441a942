import { met, notMet, unknown } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { functions } from "../lib/release/evidenceStaging";

/** Deployed by its source, which has a digest of its own; every function is by a bundle. */
const program = "program";

export const sbomsRequireEvidence = evidenceGate({
  clause: "B6.2",
  name: "sboms-require-evidence",
  severity: "high",
  wanted: "one bill of materials of the program and of each function's bundle",
  first: "npm run sbom",
  url: "https://cyclonedx.org/capabilities/sbom/",
  shows: {
    sbom: ({ of }) => {
      const billsOf = (name: string): number =>
        of.filter((bill) => bill.name === name && (name === program || bill.deployedSha256 !== undefined))
          .length;
      const missing = [program, ...functions].filter((name) => billsOf(name) !== 1);
      if (missing.length > 0) return notMet(`not one bill of ${missing.join(", ")}`);
      // Every program has parts: nobody has counted these.
      if (of.some(({ name, components }) => name === program && components === 0))
        return unknown("the program's bill is empty");
      return met(`${of.length} bills`);
    },
  },
});
