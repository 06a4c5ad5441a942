import { partsOf } from "../lib/buckets";
import { evidenceBuckets } from "../lib/evidence";
import { statementsOf, type Statement } from "../lib/iam";
import { stackPolicy, type StackResource } from "../lib/policy";
import { types } from "../lib/types";
import { accountOf } from "../lib/relations";
import { text } from "../lib/values";

type Covers = (arn: string) => string;
const evidence: Covers = (arn) => `${arn}/evidence/*`;
const scans: Covers = (arn) => `${arn}/scans/*`;
const everything: Covers = (arn) => `${arn}/*`;

interface Refusal {
  readonly what: string;
  readonly actions: readonly string[];
  readonly of: Covers;
  /** The one condition, by operator and key, and what its values must be. */
  readonly when?: readonly [string, (values: readonly string[], account: string) => boolean];
}

const is =
  (...wanted: readonly string[]) =>
  (values: readonly string[]): boolean =>
    wanted.every((one) => values.includes(one)) && values.length === wanted.length;
const roles = (values: readonly string[], account: string): boolean =>
  values.length > 0 &&
  values.every(
    (arn) => /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn) && arn.split(":")[4] === account,
  );
const oneRole = (values: readonly string[], account: string): boolean =>
  values.length === 1 && roles(values, account);

const others = "stringnotequals aws:principalarn";
const put = ["s3:PutObject"];

/** Each to everybody; a second condition would have to hold as well. */
const refusals: readonly Refusal[] = [
  { what: "evidence from whoever is no named role", actions: put, of: evidence, when: [others, roles] },
  {
    what: "reports from whoever is not the scans' one role",
    actions: put,
    of: scans,
    when: [others, oneRole],
  },
  {
    what: "evidence over evidence",
    actions: put,
    of: evidence,
    when: ["null s3:if-none-match", is("true")],
  },
  {
    what: "evidence whose bytes are not signed",
    actions: put,
    of: evidence,
    when: [
      "stringequals s3:x-amz-content-sha256",
      is("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    ],
  },
  {
    what: "a key of the caller's choice",
    actions: put,
    of: everything,
    when: ["null s3:x-amz-server-side-encryption", is("false")],
  },
  {
    what: "a key of the caller's own",
    actions: put,
    of: everything,
    when: ["null s3:x-amz-server-side-encryption-customer-algorithm", is("false")],
  },
  {
    what: "reading by whoever is no named role",
    actions: ["s3:GetObject", "s3:GetObjectVersion"],
    of: everything,
    when: [others, roles],
  },
  {
    what: "deleting, bypassing, other retentions and replication, to everybody",
    actions: [
      "s3:BypassGovernanceRetention",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:PutObjectLegalHold",
      "s3:PutObjectRetention",
      "s3:ReplicateDelete",
      "s3:ReplicateObject",
    ],
    of: everything,
  },
  { what: "deleting the bucket, to everybody", actions: ["s3:DeleteBucket"], of: (arn) => arn },
];

export const evidenceBucketForbidsChanges = stackPolicy({
  name: "evidence-bucket-forbids-changes",
  severity: "critical",
  clauses: ["B0.4", "B2.3"],
  summary:
    "Named roles put evidence and one role puts scans' reports, each once; others read nothing; nobody deletes, overwrites, unlocks, or chooses the key.",
  reads: "BucketPolicy.policy of the evidence's bucket",
  remediation:
    "deny what is named here to * in the bucket's policy, under no other condition, and allow nothing in it.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
  check(stack, report) {
    for (const bucket of evidenceBuckets(stack)) {
      for (const policy of partsOf(stack, bucket, types.bucketPolicy)) {
        const statements = statementsOf(policy, "policy", report);
        const arn = arnOf(bucket, statements);
        for (const refusal of refusals)
          if (!statements.some((statement) => refuses(statement, refusal, arn, accountOf(bucket))))
            report({
              resource: policy,
              got: `no refusal of ${refusal.what}`,
              expected: `a Deny of ${refusal.actions.join(", ")} on ${refusal.of(arn)}`,
            });
        if (!statements.some((statement) => refusesOtherPlaces(statement, arn)))
          report({
            resource: policy,
            got: "no refusal of what lies elsewhere",
            expected: `a Deny of s3:PutObject on all but ${evidence(arn)} and ${scans(arn)}`,
          });
        for (const _ of statements.filter(({ allows }) => allows))
          report({
            resource: policy,
            got: "an Allow",
            expected: "refusals only: rights come from the roles",
          });
      }
    }
  },
});

const arnOf = (bucket: StackResource, statements: readonly Statement[]): string => {
  const end = `:::${text(bucket.props.bucket)}`;
  return (
    statements.flatMap(({ resources }) => resources).find((arn) => arn.endsWith(end)) ?? `arn:aws:s3${end}`
  );
};

const toEverybody = ({ allows, principals, definition }: Statement): boolean =>
  !allows && principals.length === 1 && principals[0] === "*" && definition.NotAction === undefined;

function refuses(
  statement: Statement,
  { actions, of, when }: Refusal,
  arn: string,
  account: string,
): boolean {
  const { resources, conditions } = statement;
  if (!toEverybody(statement) || !resources.includes(of(arn))) return false;
  if (!actions.every((action) => statement.actions.includes(action))) return false;
  if (!when) return conditions.size === 0;
  const [key, holds] = when;
  return conditions.size === 1 && holds(conditions.get(key) ?? [], account);
}

const refusesOtherPlaces = (statement: Statement, arn: string): boolean =>
  toEverybody(statement) &&
  statement.conditions.size === 0 &&
  statement.actions.includes("s3:PutObject") &&
  JSON.stringify(statement.definition.NotResource) === JSON.stringify([evidence(arn), scans(arn)]);
