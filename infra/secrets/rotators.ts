import { apiGatewayArn, tableArn, type AccountScope } from "../shared/arn";
import type { Statement } from "../shared/statement";
import { rotationFunctions, type RotationFunctionName } from "../edge/functionNames";
import { SecretRights } from "./secretRights";
import { secretNames } from "./secretsRules";

export interface RotatorRightsArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly proberClientId: string;
  readonly scannerClientId: string;
  /** The generation of the authority that issues. */
  readonly issuingGeneration: string;
  readonly trustTable: string;
  readonly restStageName: string;
  /** To read and write items of tables, under their key. */
  readonly tablesKey: Statement;
}

type Names = readonly [string, ...string[]];

/** What each rotation function may do, and nothing else: its own secrets, the one issuer that it signs by, its own records. */
export function rotatorRights(
  args: RotatorRightsArgs,
): Readonly<Record<RotationFunctionName, readonly Statement[]>> {
  const { namePrefix, scope, trustTable, tablesKey } = args;
  const names = secretNames(namePrefix);
  const rights = new SecretRights(scope, namePrefix);
  const writesKey = rights.key("kms:Decrypt", "kms:GenerateDataKey");
  // One pattern for all clients: a role's policies have room for some sixty names, and the path is the clients' own.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  const clientKeys = names.clientKey("*");
  const records = (sid: string, actions: Names, ids: readonly string[]): Statement => ({
    sid,
    actions,
    resources: [tableArn(scope, trustTable)],
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ids } },
  });
  const gateway = (sid: string, actions: Names, ...paths: Names): Statement => {
    const [first, ...others] = paths.map((path) => apiGatewayArn(scope, path));
    return { sid, actions, resources: [first ?? "", ...others] };
  };
  const issuer = (part: "clients-issuer" | "services-issuer"): Statement =>
    rights.issueBy("Issuer", [names.authority(args.issuingGeneration, part)]);

  return {
    "rotate-client-keys": [
      rights.rotate("ClientKeys", [clientKeys]),
      writesKey,
      records("KeyDigests", ["dynamodb:GetItem", "dynamodb:UpdateItem"], ["client#*"]),
      tablesKey,
      gateway(
        "ReadKeys",
        ["apigateway:GET"],
        "/apikeys",
        "/apikeys/*",
        "/usageplans",
        "/usageplans/*/keys/*",
      ),
      gateway("MakeKeys", ["apigateway:POST"], "/apikeys", "/usageplans/*/keys"),
      gateway("RetireKeys", ["apigateway:DELETE", "apigateway:PATCH"], "/apikeys/*"),
      gateway("LeavePlans", ["apigateway:DELETE"], "/usageplans/*/keys/*"),
    ],
    "rotate-edge-certificate": [
      rights.rotate("EdgeCertificate", [names.edgeCertificate]),
      issuer("services-issuer"),
      writesKey,
      records("Trusted", ["dynamodb:GetItem"], ["services"]),
      tablesKey,
    ],
    "rotate-prober-certificates": [
      rights.rotate("ProberCertificates", [names.proberCertificates]),
      issuer("clients-issuer"),
      writesKey,
      records("Trusted", ["dynamodb:GetItem"], ["issuers"]),
      records(
        "Prober",
        ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        ["revocation", `certificates#${args.proberClientId}`],
      ),
      tablesKey,
    ],
    "rotate-scanner-certificate": [
      rights.rotate("ScannerCertificate", [names.scannerCertificate]),
      issuer("clients-issuer"),
      writesKey,
      records("Trusted", ["dynamodb:GetItem"], ["issuers", "revocation"]),
      records(
        "Scanner",
        ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        [`certificates#${args.scannerClientId}`],
      ),
      tablesKey,
    ],
    "rotate-grafana-token": [rights.rotate("GrafanaToken", [names.grafanaToken]), writesKey],
    "rotate-stage-certificate": [
      gateway(
        "ReadStage",
        ["apigateway:GET"],
        "/restapis",
        `/restapis/*/stages/${args.restStageName}`,
        "/clientcertificates",
        "/clientcertificates/*",
      ),
      gateway("MakeCertificate", ["apigateway:POST"], "/clientcertificates"),
      gateway("PointStage", ["apigateway:PATCH"], `/restapis/*/stages/${args.restStageName}`),
      gateway("RetireCertificate", ["apigateway:DELETE"], "/clientcertificates/*"),
    ],
    "trust-watch": [
      rights.describe("Ages", [
        clientKeys,
        names.edgeCertificate,
        names.proberCertificates,
        names.scannerCertificate,
        names.grafanaToken,
        names.pagerDutyKey,
      ]),
      records("Trusted", ["dynamodb:GetItem"], ["issuers", "services", "revocation", "certificates#*"]),
      tablesKey,
      gateway(
        "ReadStage",
        ["apigateway:GET"],
        "/restapis",
        `/restapis/*/stages/${args.restStageName}`,
        "/clientcertificates/*",
      ),
    ],
  };
}

const descriptions: Readonly<Record<RotationFunctionName, string>> = {
  "rotate-client-keys": "Rotates clients' API keys",
  "rotate-edge-certificate": "Rotates the certificate shown to agents",
  "rotate-prober-certificates": "Rotates the prober's certificates",
  "rotate-scanner-certificate": "Rotates the scans' certificate",
  "rotate-grafana-token": "Rotates the dashboards' token",
  "rotate-stage-certificate": "Replaces the stage's client certificate",
  "trust-watch": "Watches what ends or grows old",
};

/** @param create declares one function, with what it may do */
export function createRotators<Created>(
  args: RotatorRightsArgs,
  create: (name: RotationFunctionName, description: string, rights: readonly Statement[]) => Created,
): Readonly<Record<RotationFunctionName, Created>> {
  const rights = rotatorRights(args);
  return Object.fromEntries(
    rotationFunctions.map((name) => [name, create(name, descriptions[name], rights[name])]),
  ) as Record<RotationFunctionName, Created>;
}
