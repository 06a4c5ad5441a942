import { types } from "../../lib/types";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

type Json = Record<string, unknown>;

const job = (stack: TestStack): TestResource => stack.get(types.cronJob, "scanning-fuzz");
const pod = "spec.jobTemplate.spec.template.spec";
const set =
  (path: string, value: unknown) =>
  (stack: TestStack): TestResource =>
    job(stack).set(path, value);
const policy = (stack: TestStack): TestResource => stack.get(types.networkPolicy, "scanning-staging");
const role = (stack: TestStack): TestResource => stack.get(types.role, "scan-results-role");
const statement = (property: string, resource: TestResource, change: (one: Json) => void) =>
  resource.json(property, (document) => change((document["Statement"] as Json[])[0] as Json));
const condition = (one: Json): Json => (one["Condition"] as Record<string, Json>)["StringEquals"] as Json;
const sub = "oidc.eks.eu-west-1.amazonaws.com/id/0000:sub";
const aud = "oidc.eks.eu-west-1.amazonaws.com/id/0000:aud";
const rights = (stack: TestStack, ...more: Json[]): TestResource =>
  stack.get(types.rolePolicy, "scan-results-rights").json("policy", (document) => {
    (document["Statement"] as Json[]).push(...more);
  });
const unpinned = (stack: TestStack, ...images: string[]): TestResource =>
  stack.get("fase-b:index:Scanning").set("unpinned", images);

export const scans: CaseBook = {
  "scans-require-schedule": {
    violations: [
      { when: "a scan is gone", change: (stack) => stack.remove(job(stack)), says: /got 0 CronJobs fuzz/ },
      {
        when: "a scan is gone and another one's image is unpinned",
        change: (stack) => {
          unpinned(stack, "zap");
          stack.remove(job(stack));
        },
        says: /got 0 CronJobs fuzz/,
      },
      {
        when: "a scan has another name",
        change: set("metadata.name", "fuzzing"),
        says: /got 0 CronJobs fuzz/,
      },
      ...(
        [
          ["is due on weekdays", "17 2 * * 1-5", /72 hours apart/],
          ["is due every other day", "17 2 */2 * *", /48 hours apart/],
          ["is due in some months", "17 2 * 1-11 *", /768 hours apart/],
          ["is due once a day but on no 31st", "17 2 1-30 * *", /48 hours apart/],
          ["is due by a word", "@daily", /which is none/],
          ["is due by six fields", "0 17 2 * * *", /which is none/],
          ["is due on a day that is none", "17 2 31 2 *", /which is none/],
        ] as const
      ).map(([what, schedule, says]) => ({
        when: `a scan ${what}`,
        change: set("spec.schedule", schedule),
        says,
      })),
      ...(
        [
          ["is due by the controller's own clock", "spec.timeZone", undefined, /timeZone nothing/],
          ["is suspended", "spec.suspend", true, /suspend true/],
          ["runs beside itself", "spec.concurrencyPolicy", "Allow", /concurrencyPolicy "Allow"/],
          ["replaces itself", "spec.concurrencyPolicy", "Replace", /concurrencyPolicy "Replace"/],
          ["is never late", "spec.startingDeadlineSeconds", undefined, /startingDeadlineSeconds nothing/],
          ["leaves no run", "spec.failedJobsHistoryLimit", 0, /failedJobsHistoryLimit 0/],
          [
            "runs for ever",
            "spec.jobTemplate.spec.activeDeadlineSeconds",
            undefined,
            /activeDeadlineSeconds nothing/,
          ],
          [
            "runs for half a day",
            "spec.jobTemplate.spec.activeDeadlineSeconds",
            43_200,
            /activeDeadlineSeconds 43200/,
          ],
          ["tries again", "spec.jobTemplate.spec.backoffLimit", 1, /backoffLimit 1/],
          [
            "tries again, by saying nothing",
            "spec.jobTemplate.spec.backoffLimit",
            undefined,
            /backoffLimit nothing/,
          ],
          ["starts its containers again", `${pod}.restartPolicy`, "OnFailure", /restartPolicy "OnFailure"/],
        ] as const
      ).map(([what, path, value, says]) => ({ when: `a scan ${what}`, change: set(path, value), says })),
      {
        when: "scans may run side by side",
        change: (stack) => stack.remove(stack.get(types.resourceQuota)),
        says: /a quota of pods of \[\]; expected "1"/,
      },
      {
        when: "the quota is another namespace's",
        change: (stack) => stack.get(types.resourceQuota).set("metadata.namespace", "agents"),
        says: /a quota of pods of \[\]/,
      },
    ],
    nearMisses: [
      { when: "a scan is due twice a day", change: set("spec.schedule", "17 2,14 * * *") },
      { when: "a scan is due on every weekday by its number", change: set("spec.schedule", "17 2 * * 0-6") },
      {
        when: "a scan is due on the first or on a weekday, which is each day",
        change: set("spec.schedule", "17 2 1 * 0-6"),
      },
      {
        when: "a scan's image is unpinned and it is not there",
        change: (stack) => {
          unpinned(stack, "schemathesis");
          stack.remove(job(stack));
        },
      },
    ],
  },
  "scans-limit-egress": {
    violations: [
      ...(
        [
          ["a wide network", "spec.egress.1.to", [{ ipBlock: { cidr: "198.0.0.0/8" } }]],
          ["everybody", "spec.egress.1.to", [{ ipBlock: { cidr: "0.0.0.0/0" } }]],
          [
            "a network less a part",
            "spec.egress.1.to",
            [{ podSelector: {}, ipBlock: { cidr: "198.51.100.0/24" } }],
          ],
          ["pods of the cluster", "spec.egress.1.to", [{ namespaceSelector: {} }]],
          ["nobody that is named", "spec.egress.1.to", undefined],
          ["another port", "spec.egress.1.ports", [{ protocol: "TCP", port: 22 }]],
          ["many ports", "spec.egress.1.ports", [{ protocol: "TCP", port: 443, endPort: 9_000 }]],
          ["every port", "spec.egress.1.ports", undefined],
          ["any resolver", "spec.egress.0.to.0.podSelector", undefined],
          ["the whole of kube-system", "spec.egress.0.ports", [{ protocol: "TCP", port: 443 }]],
        ] as const
      ).map(([what, path, value]) => ({
        when: `scans reach ${what}`,
        change: (stack: TestStack) => policy(stack).set(path, value),
        says: /'scanning-staging': got egress/,
      })),
      {
        when: "somebody reaches scans",
        change: (stack) =>
          policy(stack).set("spec.ingress", [
            { from: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 1 }] },
          ]),
        says: /'scanning-staging': got ingress/,
      },
    ],
    nearMisses: [
      {
        when: "results leave by a second network",
        change: (stack) =>
          stack.add(types.networkPolicy, "scanning-results", {
            metadata: { name: "results", namespace: "scanning" },
            spec: {
              podSelector: {},
              policyTypes: ["Egress"],
              egress: [
                { to: [{ ipBlock: { cidr: "2001:db8::/48" } }], ports: [{ protocol: "TCP", port: 443 }] },
              ],
            },
          }),
      },
      {
        when: "agents are called from elsewhere",
        change: (stack) =>
          stack
            .get(types.networkPolicy, "cluster-callers")
            .set("spec.ingress.0.from", [{ ipBlock: { cidr: "10.0.0.0/8" } }]),
      },
    ],
  },
  "scans-bind-account": {
    violations: [
      {
        when: "a scan runs as the namespace's default account",
        change: set(`${pod}.serviceAccountName`, "default"),
        says: /'scanning-fuzz': got account "default"/,
      },
      {
        when: "a scan runs as whoever",
        change: set(`${pod}.serviceAccountName`, undefined),
        says: /'scanning-fuzz': got account nothing/,
      },
      {
        when: "something else runs as the scans' account",
        change: (stack) =>
          stack
            .get(types.workload)
            .set("metadata.namespace", "scanning")
            .set("spec.template.spec.serviceAccountName", "scans"),
        says: /got account "scans", as which prober runs too/,
      },
      {
        when: "every container is given the account's token by the cluster",
        change: (stack) =>
          stack.get(types.serviceAccount, "scanning-scans").set("automountServiceAccountToken", undefined),
        says: /'scanning-scans': got a token in every container/,
      },
      {
        when: "every container is given the role's token by EKS",
        change: (stack) =>
          stack.get(types.serviceAccount, "scanning-scans").set("metadata.annotations", {
            "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/scan-results",
          }),
        says: /'scanning-scans': got a token in every container/,
      },
      {
        when: "the tool can read the token",
        change: set(`${pod}.initContainers.0.volumeMounts`, [{ name: "token", mountPath: "/token" }]),
        says: /in tool of the beginning; expected the tool .* without a token/,
      },
      {
        when: "the tool runs beside who sends reports away",
        change: set(`${pod}.initContainers`, undefined),
        says: /in none of the beginning/,
      },
      ...(
        [
          ["is for the cluster's own API", "audience", undefined],
          ["is for somebody else", "audience", "vault"],
          ["lives for a day", "expirationSeconds", 86_400],
        ] as const
      ).map(([what, key, value]) => ({
        when: `the token ${what}`,
        change: set(`${pod}.volumes.1.projected.sources.0.serviceAccountToken.${key}`, value),
        says: /'scanning-fuzz': got tokens/,
      })),
      {
        when: "the pod takes on another role",
        change: set(`${pod}.containers.0.env.0.value`, "arn:aws:iam::123456789012:role/admin"),
        says: /got role .*role\/admin; expected .*role\/scan-results, which trusts scanning\/scans/,
      },
      {
        when: "the role trusts an account that nobody declares",
        change: (stack) =>
          statement("assumeRolePolicy", role(stack), (one) => {
            condition(one)[sub] = "system:serviceaccount:scanning:other";
          }),
        says: /'scan-results-role': got trust in scanning\/other; expected a ServiceAccount of this stack/,
      },
      {
        when: "the role trusts the secrets' reader",
        change: (stack) =>
          statement("assumeRolePolicy", role(stack), (one) => {
            condition(one)[sub] = "system:serviceaccount:agents:secrets-reader";
          }),
        says: /'scan-results-role': got trust in agents\/secrets-reader; expected the account of the scans/,
      },
      ...(
        [
          ["reads reports", "s3:GetObject", "arn:aws:s3:::evidence/scans/*"],
          ["deletes reports", "s3:DeleteObject", "arn:aws:s3:::evidence/scans/*"],
          ["puts evidence", "s3:PutObject", "arn:aws:s3:::evidence/evidence/*"],
          ["puts anything", "s3:PutObject", "arn:aws:s3:::answers/*"],
          [
            "writes another log",
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/edge:log-stream:*",
          ],
          [
            "reads secrets",
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
          ],
          ["opens what it put", "kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/*"],
        ] as const
      ).map(([what, Action, Resource]) => ({
        when: `the scans' role ${what}`,
        change: (stack: TestStack) => rights(stack, { Effect: "Allow", Action, Resource }),
        says: /'scan-results-rights': got .* only objects under scans\//,
      })),
    ],
    nearMisses: [
      {
        when: "another role has other rights",
        change: (stack) =>
          stack.get(types.rolePolicy, "edge-rights").set(
            "policy",
            JSON.stringify({
              Statement: [
                { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::answers/answers/*" },
              ],
            }),
          ),
      },
      {
        when: "no scan is there since no image is pinned",
        change: (stack) => {
          unpinned(stack, "zap", "schemathesis", "aws-cli");
          stack.remove(...stack.ofType(types.cronJob));
        },
      },
    ],
  },
  "images-require-pins": {
    violations: [
      {
        when: "nobody could look up the fuzzer's image",
        change: (stack) => unpinned(stack, "schemathesis"),
        says: /'scanning': got no digest of schemathesis, .*; open by it: B2\.2/,
      },
      {
        when: "nobody could look up who sends reports away",
        change: (stack) => unpinned(stack, "aws-cli"),
        says: /no digest of aws-cli, .*; open by it: B2\.1 and B2\.2/,
      },
      {
        when: "nobody could look up the exporter",
        change: (stack) =>
          stack.add("fase-b:index:Prober", "prober", { clauses: ["B1.5"], unpinned: ["blackbox-exporter"] }),
        says: /'prober': got no digest of blackbox-exporter, .*; open by it: B1\.5/,
      },
    ],
    nearMisses: [
      {
        when: "a component says nothing of images",
        change: (stack) => stack.get("fase-b:index:Scanning").set("unpinned", undefined),
      },
    ],
  },
  "role-requires-known-trust": {
    violations: [
      ...(
        [
          [
            "every account of a namespace",
            (one: Json) => (condition(one)[sub] = "system:serviceaccount:scanning:*"),
          ],
          [
            "two accounts",
            (one: Json) =>
              (condition(one)[sub] = [
                "system:serviceaccount:scanning:scans",
                "system:serviceaccount:scanning:x",
              ]),
          ],
          ["every token of the cluster", (one: Json) => delete condition(one)[sub]],
          ["tokens made for anybody", (one: Json) => delete condition(one)[aud]],
          ["tokens made for somebody else", (one: Json) => (condition(one)[aud] = "vault")],
          ["a pattern", (one: Json) => (one["Condition"] = { StringLike: condition(one) })],
          [
            "another cluster's accounts by this one's provider",
            (one: Json) => {
              const { [sub]: subject, [aud]: audience } = condition(one);
              one["Condition"] = {
                StringEquals: { "oidc.example.com:sub": subject, "oidc.example.com:aud": audience },
              };
            },
          ],
          [
            "a provider of another AWS account",
            (one: Json) =>
              (one["Principal"] = {
                Federated: "arn:aws:iam::210987654321:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0000",
              }),
          ],
          [
            "somebody else as well",
            (one: Json) =>
              (one["Principal"] = { ...(one["Principal"] as Json), AWS: "arn:aws:iam::123456789012:root" }),
          ],
          [
            "sessions with tags",
            (one: Json) => (one["Action"] = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]),
          ],
        ] as readonly (readonly [string, (one: Json) => unknown])[]
      ).map(([what, change]) => ({
        when: `a role of the cluster trusts ${what}`,
        change: (stack: TestStack) => statement("assumeRolePolicy", role(stack), (one) => void change(one)),
        says: /'scan-results-role': got trust in Federated/,
      })),
    ],
    nearMisses: [
      {
        when: "a role trusts another one account of the cluster",
        change: (stack) =>
          statement("assumeRolePolicy", role(stack), (one) => {
            condition(one)[sub] = "system:serviceaccount:scanning:other";
          }),
      },
    ],
  },
};
