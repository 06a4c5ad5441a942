import { clientKeySecret } from "../functions/rotate-client-keys/configuration";
import { accountRootArn, roleArn, type AccountScope } from "../shared/arn";

/** Secrets by what they are for; each name is fixed, so that rights and configurations are known at preview. */
export interface SecretNames {
  /** An authority's own key and certificate, by generation. */
  readonly authority: (generation: string, part: AuthorityPart) => string;
  /** The text of the table's record `services`, for who can't read the table; public, and here to be fetched. */
  readonly trustedServices: string;
  readonly clientKey: (clientId: string) => string;
  readonly edgeCertificate: string;
  readonly proberCertificates: string;
  readonly scannerCertificate: string;
  readonly grafanaToken: string;
  /** Of the service that wakes; the program writes it, as it comes with the integration. */
  readonly pagerDutyKey: string;
  /** `alias/…` of the key under which all of them rest. */
  readonly keyAlias: string;
}

export type AuthorityPart = "root" | "clients-issuer" | "services-issuer";

export const secretNames = (namePrefix: string): SecretNames => ({
  authority: (generation, part) => `${namePrefix}/authority/${generation}/${part}`,
  trustedServices: `${namePrefix}/authority/trusted-services`,
  clientKey: (clientId) => clientKeySecret(namePrefix, clientId),
  edgeCertificate: `${namePrefix}/edge/client-certificate`,
  proberCertificates: `${namePrefix}/prober/certificates`,
  scannerCertificate: `${namePrefix}/scanner/certificate`,
  grafanaToken: `${namePrefix}/grafana/token`,
  pagerDutyKey: `${namePrefix}/pagerduty/integration-key`,
  keyAlias: `alias/${namePrefix}-secrets`,
});

/**
 * The ARN of a secret by its name. The service adds six characters of its own, which a role names by question marks.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 */
export const secretArn = (scope: AccountScope, secretName: string): string =>
  `arn:${scope.partition}:secretsmanager:${scope.region}:${scope.accountId}:secret:${secretName}-??????`;

/** Whatever shows a value or replaces one. Who may not do these, may still see that the secret exists. */
export const guardedActions = [
  "secretsmanager:GetSecretValue",
  "secretsmanager:BatchGetSecretValue",
  "secretsmanager:PutSecretValue",
  "secretsmanager:UpdateSecret",
  "secretsmanager:UpdateSecretVersionStage",
  "secretsmanager:CancelRotateSecret",
  "secretsmanager:RotateSecret",
  "secretsmanager:DeleteSecret",
  "secretsmanager:RestoreSecret",
  "secretsmanager:ReplicateSecretToRegions",
  "secretsmanager:StopReplicationToReplica",
  "secretsmanager:PutResourcePolicy",
  "secretsmanager:DeleteResourcePolicy",
] as const;

/**
 * A secret's own policy: whoever is not named is refused, whatever his role says. What the named may do is said by their
 * roles.
 *
 * @param roles names of roles of this account, or their ARNs: functions', the operators', the cluster's
 */
export const refusingOthers = (scope: AccountScope, roles: readonly string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "NobodyElse",
        Effect: "Deny",
        Principal: "*",
        Action: guardedActions,
        Resource: "*",
        Condition: {
          // The account's own root stays in, or a deleted role would lock everybody out for ever.
          ArnNotEquals: {
            "aws:PrincipalArn": [
              ...roles.map((role) => (role.startsWith("arn:") ? role : roleArn(scope, role))),
              accountRootArn(scope),
            ],
          },
          // The service itself, when it begins a rotation.
          Bool: { "aws:PrincipalIsAWSService": "false" },
        },
      },
    ],
  });
