import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook, Cases } from "./case";

const policy = (stack: TestStack): TestResource => stack.get(types.bucketPolicy, "evidence-bucket-policy");
const lock = (stack: TestStack): TestResource => stack.get(types.bucketLock, "evidence-lock");
const bucket = (stack: TestStack): TestResource => stack.get(types.bucket, "evidence-bucket");
const channel = (stack: TestStack): TestResource => stack.get(types.chatChannel);
const target = (stack: TestStack): TestResource => stack.get(types.eventTarget, "evidence-target");
const retention = "rule.defaultRetention";

interface Statement {
  Effect: string;
  Principal: unknown;
  Action: string | string[];
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

const change = (at: number, how: (statement: Statement, all: Statement[]) => void) => (stack: TestStack) =>
  policy(stack).json("policy", (document) => {
    const all = document.Statement as Statement[];
    const one = all[at];
    if (!one) throw new Error(`no statement ${at}`);
    how(one, all);
  });

/** Each refusal taken out, by what is said then; the one of plain text stands first. */
const refusals = [
  "evidence from whoever is no named role",
  "reports from whoever is not the scans' one role",
  "what lies elsewhere",
  "evidence over evidence",
  "evidence whose bytes are not signed",
  "a key of the caller's choice",
  "a key of the caller's own",
  "reading by whoever is no named role",
  "deleting, bypassing, other retentions and replication",
  "deleting the bucket",
];

const changes: Cases = {
  violations: [
    ...refusals.map((what, at) => ({
      when: `there is no refusal of ${what}`,
      change: change(at + 1, (one, all) => void all.splice(all.indexOf(one), 1)),
      says: new RegExp(`no refusal of ${what}`),
    })),
    ...refusals.map((what, at) => ({
      when: `the refusal of ${what} is of one principal only`,
      change: change(at + 1, (one) => {
        one.Principal = { AWS: "arn:aws:iam::123456789012:role/other" };
      }),
      says: new RegExp(`no refusal of ${what}`),
    })),
    ...refusals.map((what, at) => ({
      when: `the refusal of ${what} holds only where something else does too`,
      change: change(at + 1, (one) => {
        one.Condition = { ...one.Condition, Bool: { "aws:MultiFactorAuthPresent": "false" } };
      }),
      says: new RegExp(`no refusal of ${what}`),
    })),
    {
      when: "everybody is a collector",
      change: change(1, (one) => {
        one.Condition = { StringNotEquals: { "aws:PrincipalArn": ["*"] } };
      }),
      says: /no refusal of evidence from whoever/,
    },
    {
      when: "a collector is another account's",
      change: change(1, (one) => {
        one.Condition = {
          StringNotEquals: { "aws:PrincipalArn": ["arn:aws:iam::210987654321:role/collector"] },
        };
      }),
      says: /no refusal of evidence from whoever/,
    },
    {
      when: "a second role puts reports of scans",
      change: change(2, (one) => {
        one.Condition = {
          StringNotEquals: {
            "aws:PrincipalArn": ["scan-results", "other"].map(
              (name) => `arn:aws:iam::123456789012:role/${name}`,
            ),
          },
        };
      }),
      says: /no refusal of reports/,
    },
    {
      when: "a version may be deleted",
      change: change(9, (one) => {
        one.Action = (one.Action as string[]).filter((action) => action !== "s3:DeleteObjectVersion");
      }),
      says: /no refusal of deleting, bypassing/,
    },
    {
      when: "the lock may be bypassed",
      change: change(9, (one) => {
        one.Action = (one.Action as string[]).filter((action) => action !== "s3:BypassGovernanceRetention");
      }),
      says: /no refusal of deleting, bypassing/,
    },
    {
      when: "somebody is let in by the bucket",
      change: change(1, (one, all) => {
        all.push({ ...one, Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "s3:GetObject" });
      }),
      says: /got an Allow/,
    },
  ],
  nearMisses: [
    {
      when: "more is refused",
      change: change(10, (one, all) => void all.push({ ...one, Action: "s3:PutBucketAcl" })),
    },
    {
      when: "there are two collectors",
      change: change(1, (one) => {
        one.Condition = {
          StringNotEquals: {
            "aws:PrincipalArn": ["collector", "second"].map(
              (name) => `arn:aws:iam::123456789012:role/${name}`,
            ),
          },
        };
      }),
    },
  ],
};

export const evidence: CaseBook = {
  "evidence-bucket-requires-lock": {
    violations: [
      {
        when: "the bucket has no lock from the start",
        change: (stack) => bucket(stack).set("objectLockEnabled", undefined),
        says: /no objectLockEnabled/,
      },
      {
        when: "whether it has one is not known",
        change: (stack) => bucket(stack).set("objectLockEnabled", unknownValue),
        says: /no objectLockEnabled/,
      },
      {
        when: "the lock is shorter than a year",
        change: (stack) => lock(stack).set(`${retention}.days`, 364),
        says: /365 days or more/,
      },
      {
        when: "the lock is of no mode",
        change: (stack) => lock(stack).set(`${retention}.mode`, "NONE"),
        says: /COMPLIANCE or GOVERNANCE/,
      },
      {
        when: "nothing is locked by default",
        change: (stack) => lock(stack).set("rule", undefined),
        says: /got default retention/,
      },
      {
        when: "there is no lock",
        change: (stack) => stack.remove(lock(stack)),
        says: /got default retention \[\]/,
      },
      {
        when: "the bucket may be deleted",
        change: (stack) => bucket(stack).protect(false),
        says: /no protection from deletion/,
      },
      {
        when: "what is in it goes with it",
        change: (stack) => bucket(stack).set("forceDestroy", true),
        says: /forceDestroy true/,
      },
      {
        when: "evidence ends by itself",
        change: (stack) =>
          stack
            .get(types.bucketLifecycle, "evidence-bucket-lifecycle")
            .set("rules.0.expiration", { days: 900 }),
        says: /which ends what is locked/,
      },
      {
        when: "earlier versions end before the lock does",
        change: (stack) =>
          stack
            .get(types.bucketLifecycle, "evidence-bucket-lifecycle")
            .set("rules.0.noncurrentVersionExpiration.noncurrentDays", 399),
        says: /none before 400 days/,
      },
      {
        when: "there is no bucket for evidence",
        change: (stack) => {
          bucket(stack).set("objectLockEnabled", undefined);
          stack.remove(bucket(stack));
        },
        says: /0 buckets for evidence/,
      },
    ],
    nearMisses: [
      {
        when: "the lock is of governance and two years",
        change: (stack) => {
          lock(stack).set(retention, { mode: "GOVERNANCE", years: 2 });
          stack
            .get(types.bucketLifecycle, "evidence-bucket-lifecycle")
            .set("rules.0.noncurrentVersionExpiration.noncurrentDays", 730);
        },
      },
      {
        when: "of another bucket nobody knows yet whether it is locked",
        change: (stack) => stack.get(types.bucket, "bucket").set("objectLockEnabled", unknownValue),
      },
    ],
  },
  "evidence-bucket-binds-key": {
    violations: [
      {
        when: "the key's uses name the bucket alone",
        change: (stack) =>
          stack
            .get(types.bucketEncryption, "evidence-bucket-encryption")
            .set("rules.0.bucketKeyEnabled", true),
        says: /'evidence-bucket-encryption': got bucketKeyEnabled true/,
      },
      {
        when: "it rests under the service's key",
        change: (stack) =>
          stack
            .get(types.bucketEncryption, "evidence-bucket-encryption")
            .set("rules", [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }])
            .from("rules"),
        says: /encryption by "AES256"/,
      },
      {
        when: "it shares the key of logs",
        change: (stack) =>
          stack
            .get(types.bucketEncryption, "evidence-bucket-encryption")
            .from("rules", stack.get(types.key, "key")),
        says: /got uses by/,
      },
      {
        when: "a table uses its key",
        change: (stack) =>
          stack.get(types.table, "trust").from("serverSideEncryption", stack.get(types.key, "evidence-key")),
        says: /uses by 'trust'/,
      },
      {
        when: "whoever has the right elsewhere may decrypt",
        change: (stack) =>
          stack.get(types.key, "evidence-key").json("policy", (document) => {
            (document.Statement as object[]).pop();
          }),
        says: /use by whoever has the right from elsewhere/,
      },
      {
        when: "somebody may end the key",
        change: (stack) =>
          stack.get(types.key, "evidence-key").json("policy", (document) => {
            const [, kept] = document.Statement as Statement[];
            if (kept) kept.Action = ["kms:DisableKey"];
          }),
        says: /an end that somebody may set it/,
      },
      {
        when: "everybody is named",
        change: (stack) =>
          stack.get(types.key, "evidence-key").json("policy", (document) => {
            const refusal = (document.Statement as Statement[]).at(-1);
            if (refusal) refusal.Condition = { StringNotEquals: { "aws:PrincipalArn": "*" } };
          }),
        says: /use by whoever has the right from elsewhere/,
      },
    ],
    nearMisses: [
      {
        when: "it is said that each object has a key of its own",
        change: (stack) =>
          stack
            .get(types.bucketEncryption, "evidence-bucket-encryption")
            .set("rules.0.bucketKeyEnabled", false),
      },
      {
        when: "the key has a second alias",
        change: (stack) =>
          stack
            .add(types.keyAlias, "evidence-second", { name: "alias/second", targetKeyId: unknownValue })
            .from("targetKeyId", stack.get(types.key, "evidence-key")),
      },
    ],
  },
  "evidence-bucket-forbids-changes": changes,
  "evidence-binds-channel": {
    violations: [
      {
        when: "the channel is another",
        change: (stack) => stack.get(types.evidenceStore).set("channel", "#general"),
        says: /the channel "#general"/,
      },
      {
        when: "the configuration is another channel's",
        change: (stack) => channel(stack).set("configurationName", "fase-b-general"),
        says: /configurationName "fase-b-general"/,
      },
      {
        when: "the bucket tells nobody",
        change: (stack) => stack.get(types.bucketNotification).set("eventbridge", false),
        says: /no events to EventBridge/,
      },
      {
        when: "the rule is off",
        change: (stack) => stack.get(types.eventRule, "evidence-rule").set("state", "DISABLED"),
        says: /0 channels that hear/,
      },
      {
        when: "the rule is about another bucket",
        change: (stack) =>
          stack.get(types.eventRule, "evidence-rule").json("eventPattern", (pattern) => {
            (pattern.detail as { bucket: object }).bucket = { name: ["other"] };
          }),
        says: /0 channels that hear/,
      },
      {
        when: "the rule hears of one clause only",
        change: (stack) =>
          stack.get(types.eventRule, "evidence-rule").json("eventPattern", (pattern) => {
            (pattern.detail as { object: object }).object = { key: [{ prefix: "evidence/B8.1/" }] };
          }),
        says: /0 channels that hear/,
      },
      {
        when: "the announcement goes to the pager's topic",
        change: (stack) => target(stack).set("arn", "arn:aws:sns:eu-west-1:123456789012:alarms"),
        says: /0 channels that hear/,
      },
      {
        when: "the announcement does not say the key",
        change: (stack) =>
          target(stack).set(
            "inputTransformer.inputTemplate",
            '{"version":"1.0","source":"custom","content":{"title":"Kept"}}',
          ),
        says: /the object's key/,
      },
      {
        when: "the announcement is not in the channel's form",
        change: (stack) => target(stack).set("inputTransformer", undefined),
        says: /version "1\.0", source "custom"/,
      },
      {
        when: "no channel hears",
        change: (stack) => stack.remove(channel(stack)),
        says: /0 channels that hear/,
      },
      {
        when: "the channel has the service's own guardrail, which is AdministratorAccess",
        change: (stack) => channel(stack).set("guardrailPolicyArns", undefined),
        says: /AdministratorAccess where there is none/,
      },
      {
        when: "the channel's role has a right",
        change: (stack) => {
          const role = stack.get(types.role, "evidence-chat-role");
          stack
            .add(types.rolePolicy, "evidence-chat-rights", { role: unknownValue, policy: "{}" })
            .from("role", role);
        },
        says: /rights by 'evidence-chat-rights'/,
      },
      {
        when: "an alarm goes where nobody is paged",
        change: (stack) =>
          stack.first(types.alarm).set("alarmActions", ["arn:aws:sns:eu-west-1:123456789012:evidence"]),
        says: /where nobody is paged/,
      },
    ],
    nearMisses: [
      {
        when: "what is read may be asked for from the channel",
        change: (stack) =>
          channel(stack).set("guardrailPolicyArns", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
      },
      {
        when: "the announcement says more",
        change: (stack) =>
          target(stack).set(
            "inputTransformer.inputTemplate",
            '{"version":"1.0","source":"custom","id":"7","content":{"title":"Kept <key>","nextSteps":["verify"]}}',
          ),
      },
    ],
  },
};
