import { namespaceOf, objectName, placeOf } from "../lib/cluster";
import { statementsOf, type Statement } from "../lib/iam";
import { stackPolicy, type StackResource } from "../lib/policy";
import { containersOf, podOf, workloadTypes } from "../lib/pods";
import { accountOf, arnResource, source } from "../lib/relations";
import { scanJobs } from "../lib/scans";
import { types } from "../lib/types";
import { join, object, objects, show, text, within, type Props } from "../lib/values";
import { tokenAudience, trustedServiceAccount } from "../lib/webIdentity";

const roleVariable = "AWS_ROLE_ARN";
const annotation = "eks.amazonaws.com/role-arn";

/** What a scan's role may do: put what is new, and say how it went. In small letters, as IAM reads them. */
const mayDo: Readonly<Record<string, (arn: string) => boolean>> = {
  "s3:putobject": (arn) => /^[^/*?]+\/scans\/\*$/.test(arnResource(arn)),
  // Which key: rights-bind-data.
  "kms:generatedatakey": () => true,
  "logs:createlogstream": (arn) => isScansLog(arn),
  "logs:putlogevents": (arn) => isScansLog(arn),
};
const isScansLog = (arn: string): boolean =>
  /^log-group:\/fase-b\/[^*?:]+\/scans:log-stream:\*$/.test(arnResource(arn));

const isBeyond = ({ actions, resources }: Statement): boolean =>
  actions.length === 0 ||
  resources.length === 0 ||
  actions.some((action) => !resources.every((arn) => mayDo[action.toLowerCase()]?.(arn) ?? false));

const tokenVolumes = (pod: Props): readonly Props[] =>
  objects(pod.volumes).filter(({ projected }) =>
    objects(object(projected).sources).some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );

export const scansBindAccount = stackPolicy({
  name: "scans-bind-account",
  severity: "high",
  clauses: ["B2.1", "B2.2", "B6.1"],
  summary:
    "Scans run as an account of their own, whose token is for AWS alone and not in the container of the tool, and whose role puts reports and says how a run went, no more.",
  reads:
    "CronJob…spec: serviceAccountName, volumes, initContainers, containers; ServiceAccount: metadata, automountServiceAccountToken; Role.assumeRolePolicy by web identity; RolePolicy.policy of that role",
  remediation:
    "give scans a ServiceAccount that nothing else runs as, project its token with the audience sts.amazonaws.com into the container that sends reports, and let its role put objects under scans/ and write the scans' log.",
  url: "https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html",
  check(stack, report) {
    const accounts = new Map(
      stack.ofType(types.serviceAccount).map((one) => [placeOf(one, objectName(one)), one]),
    );
    const byWebIdentity = new Map<string, StackResource>();
    for (const role of stack.ofType(types.role)) {
      for (const statement of statementsOf(role, "assumeRolePolicy", report)) {
        const trusted = trustedServiceAccount(statement, accountOf(role));
        if (!trusted) continue;
        const place = `${trusted.namespace}/${trusted.name}`;
        byWebIdentity.set(place, role);
        if (!accounts.has(place))
          report({ resource: role, got: `trust in ${place}`, expected: "a ServiceAccount of this stack" });
      }
    }
    const jobs = scanJobs(stack);
    for (const job of jobs) {
      const pod = podOf(job);
      const place = placeOf(job, pod.serviceAccountName);
      const account = accounts.get(place);
      const others = workloadTypes
        .flatMap((type) => stack.ofType(type))
        .filter((one) => !jobs.includes(one) && placeOf(one, podOf(one).serviceAccountName) === place);
      if (!account || others.length > 0 || text(pod.serviceAccountName) === "default") {
        report({
          resource: job,
          got: `account ${show(pod.serviceAccountName)}${others.length > 0 ? `, as which ${join(others.map(objectName))} runs too` : ""}`,
          expected: "a ServiceAccount of its namespace that only scans run as",
        });
        continue;
      }
      // EKS would hand the token to every container of an account that names its role.
      if (
        account.props.automountServiceAccountToken !== false ||
        object(object(account.props.metadata).annotations)[annotation] !== undefined
      ) {
        report({
          resource: account,
          got: "a token in every container",
          expected: `automountServiceAccountToken false, and no ${annotation}`,
        });
      }
      const volumes = tokenVolumes(pod);
      const strange = volumes.filter(({ projected }) =>
        objects(object(projected).sources).some(({ serviceAccountToken }) => {
          const { audience, expirationSeconds } = object(serviceAccountToken);
          return audience !== tokenAudience || !within(expirationSeconds, 600, 3_600);
        }),
      );
      const mounted = objects(pod.initContainers).filter((container) =>
        objects(container.volumeMounts).some((mount) => volumes.some(({ name }) => name === mount.name)),
      );
      if (strange.length > 0 || mounted.length > 0 || objects(pod.initContainers).length === 0) {
        report({
          resource: job,
          got: `tokens ${show(volumes)} in ${join(mounted.map(({ name }) => text(name)))} of the beginning`,
          expected: `the tool in a container of the beginning, without a token; tokens for ${tokenAudience} of an hour at most`,
        });
      }
      const roles = containersOf(pod).flatMap(({ env }) =>
        objects(env).flatMap(({ name, value }) => (name === roleVariable ? [text(value)] : [])),
      );
      const role = byWebIdentity.get(place);
      const own = role && `arn:aws:iam::${accountOf(role)}:role/${text(role.props.name)}`;
      if (roles.length !== 1 || own === undefined || roles[0] !== own) {
        report({
          resource: job,
          got: `role ${join(roles)}`,
          expected: `${own ?? "a role of this stack"}, which trusts ${namespaceOf(job)}/${text(pod.serviceAccountName)}`,
        });
      }
    }
    const used = new Set(jobs.map((job) => placeOf(job, podOf(job).serviceAccountName)));
    for (const [place, role] of byWebIdentity) {
      // Where no image is pinned there is no scan, and its role waits.
      if (jobs.length > 0 && !used.has(place))
        report({ resource: role, got: `trust in ${place}`, expected: "the account of the scans" });
    }
    for (const rights of stack.ofType(types.rolePolicy)) {
      const role = source(rights, "role", types.role);
      if (!role || ![...byWebIdentity.values()].includes(role)) continue;
      const beyond = statementsOf(rights, "policy", report).filter(
        (statement) => statement.allows && isBeyond(statement),
      );
      if (beyond.length > 0) {
        report({
          resource: rights,
          got: `${join(beyond.flatMap(({ actions }) => actions))} on ${join(beyond.flatMap(({ resources }) => resources))}`,
          expected: "of a scan's role only objects under scans/, the key for them, and the scans' log",
        });
      }
    }
  },
});
