import { stackPolicy } from "../lib/policy";
import { groupBy, names, pointingAt, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, peek, present, strings, UNKNOWN } from "../lib/values";
import { rotationsBySecret } from "../lib/vault";

/** Stays on the first version for ever, so that what is written again by mistake never becomes the current one. */
const seed = "SEED";
const seeded = ["secretString", "versionStages"];

/** What comes of another resource of the program, which alone makes it anew: an authority's with its generation, a pager's key. */
const ofProgram = [types.privateKey, types.issuedCertificate, types.rootCertificate, types.pagerIntegration];

export const secretValuesBindOwner = stackPolicy({
  name: "secret-values-bind-owner",
  severity: "high",
  clauses: ["B6.1"],
  summary:
    "Each secret's value has one owner: the program writes an authority's keys and certificates and the pager's key at every update, and everything else only once, as a seed that a rotation follows.",
  reads:
    "SecretVersion: secretId → Secret, secretString → PrivateKey, SelfSignedCert, LocallySignedCert, ServiceIntegration, ApiKey, versionStages, secretBinary, its option ignoreChanges; SecretRotation.secretId; how many versions a secret has",
  remediation: `declare one SecretVersion a secret: with versionStages ["${seed}"] and ignoreChanges ${JSON.stringify(seeded)} where a function makes the values, without both for what is an authority's or the pager's.`,
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#term_version",
  check(stack, report) {
    const versions = stack.ofType(types.secretVersion);
    const rotations = rotationsBySecret(stack);
    for (const secret of stack.ofType(types.secret)) {
      const own = pointingAt(secret, versions, "secretId");
      if (own.length !== 1) {
        report({
          resource: secret,
          got: `${own.length} values (${join(names(own))})`,
          expected: "exactly one that the program writes or seeds",
        });
      }
    }
    for (const version of versions) {
      const secret = source(version, "secretId", types.secret);
      if (!secret) {
        report({ resource: version, got: "a value of no secret of this stack", expected: "one Secret" });
        continue;
      }
      const isOfProgram = ofProgram.some((type) => sources(version, "secretString", type).length > 0);
      const isRotated = (rotations.get(secret) ?? []).length > 0;
      // Unknown before a deployment where the program sets none.
      const labels = peek(() => strings(version.props.versionStages));
      const stages = labels === UNKNOWN ? [] : labels;
      const ignored = [...version.opts.ignoreChanges].sort();
      if (isOfProgram && isRotated) {
        report({
          resource: version,
          got: "a value of the program that a function rotates too",
          expected: "one owner: it changes with what it is made of",
        });
      } else if (isOfProgram && ignored.length > 0) {
        report({
          resource: version,
          got: `ignoreChanges ${join(ignored)}`,
          expected: "none: nobody else writes it, and the next generation's would never be kept",
        });
      } else if (!isOfProgram && (ignored.join() !== seeded.join() || !stages.includes(seed))) {
        report({
          resource: version,
          got: `stages ${join(stages)}, ignoreChanges ${join(ignored)}`,
          expected: `stage ${seed}, ignoreChanges ${join(seeded)}: an update would undo the rotation`,
        });
      }
      // What is current is said by whoever makes the values; after a deployment the service has added labels of its own.
      if (isOfProgram && stages.includes(seed)) {
        report({ resource: version, got: `stage ${seed}`, expected: "the current version" });
      }
      if (present(version.props, "secretBinary")) {
        report({ resource: version, got: "a value in bytes", expected: "JSON in secretString" });
      }
    }
    const byKey = groupBy(
      versions.flatMap((version) =>
        sources(version, "secretString", types.apiKey).map((key) => ({ key, version })),
      ),
      ({ key }) => key,
    );
    for (const key of stack.ofType(types.apiKey)) {
      const own = (byKey.get(key) ?? []).map(({ version }) => version);
      const [version] = own;
      const all = version?.propertyDependencies.secretString ?? [];
      if (own.length !== 1 || all.length !== 1) {
        report({
          resource: key,
          got: `${own.length} secrets (${join(names(own))}) of ${join(names(all))}`,
          expected: "exactly one of its own, which is rotated",
        });
      }
    }
  },
});
