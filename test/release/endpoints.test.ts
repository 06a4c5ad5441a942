/** The program and the pack tell each by its own code whether the provider was led to a host that is not AWS. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divertedEndpoints } from "../../infra/release/endpoints";
import { divertedBy } from "../../policies/records/endpoints";

const head = fc.constantFrom("AWS", "TF_AWS", "TF_TF_AWS", "xAWS", "");
const part = fc.constantFrom(
  "_ENDPOINT",
  "_ENDPOINT_URL",
  "_URL",
  "_STS",
  "_S3",
  "_",
  "_IGNORE_CONFIGURED",
  "S",
  "x",
);
const name = fc
  .tuple(head, fc.array(part, { maxLength: 3 }))
  .map(([start, parts]) => [start, ...parts].join(""));

describe("an environment that leads to another host than AWS (B0.1)", () => {
  it("is told alike by both, whatever is set", () => {
    let led = 0;
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.constantFrom("", "https://sts.example.net"), { maxKeys: 8 }),
        (environment) => {
          expect(divertedBy(environment)).toBe(divertedEndpoints(environment)[0]?.path);
          if (divertedBy(environment) !== undefined) led += 1;
        },
      ),
      {
        numRuns: 2000,
        examples: ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "TF_AWS_STS_ENDPOINT", "AWS_S3_ENDPOINT"].map(
          (one) => [{ [one]: "https://sts.example.net" }],
        ),
      },
    );
    expect(led).toBeGreaterThan(50);
  });
});
