import type { CustomResourceOptions } from "@pulumi/pulumi";

/** A value that the program seeds and somebody else owns from then on. */
export interface LiveValue {
  /** Type token of the resource that holds it. */
  readonly type: string;
  /** Matches the logical names of these resources, whole. */
  readonly names: RegExp;
  /** Inputs that an update leaves as they are. */
  readonly properties: readonly string[];
  /** What a refresh may find different beside them: outputs that follow from the value. */
  readonly follows: readonly string[];
  /** A function, or a command. */
  readonly owner: string;
  /** What a rollback must do, since the value of an earlier day may be gone. */
  readonly rollback: string;
}

const keep = "leave it: the value in force is the owner's";

/**
 * Every live value with its one owner. The program takes its options from here; the drift check and the rollback read the
 * same table, so that a rotation is never taken for drift and never undone.
 */
export const liveValues = {
  clientKey: {
    type: "aws:apigateway/apiKey:ApiKey",
    names: /^client-.+-key$/,
    properties: ["enabled"],
    follows: ["lastUpdatedDate"],
    owner: "rotate-client-keys",
    rollback: keep,
  },
  keyDigests: {
    type: "aws:dynamodb/tableItem:TableItem",
    names: /^client-.+-key-digests$/,
    properties: ["item"],
    follows: [],
    owner: "rotate-client-keys",
    rollback: keep,
  },
  revocation: {
    type: "aws:dynamodb/tableItem:TableItem",
    names: /^trust-records-revocation$/,
    properties: ["item"],
    follows: [],
    owner: "npm run client -- revoke, rotate-prober-certificates",
    rollback: "leave it: an earlier list would be an amnesty",
  },
  rotatedSecret: {
    type: "aws:secretsmanager/secretVersion:SecretVersion",
    names:
      /^(client-.+|edge-certificate|prober-certificates|scanner-certificate|grafana-token)-secret-value$/,
    properties: ["secretString", "versionStages"],
    follows: [],
    owner: "the rotation function of the secret",
    rollback: keep,
  },
  stageCertificate: {
    type: "aws:apigateway/stage:Stage",
    names: /^gateway-stage$/,
    properties: ["clientCertificateId"],
    follows: [],
    owner: "rotate-stage-certificate",
    rollback: "leave it: an earlier certificate may be gone",
  },
} as const satisfies Readonly<Record<string, LiveValue>>;

/** Options of a resource that holds a live value. Deleting the resource leaves the value where it is used. */
export const seeded = (value: keyof typeof liveValues): CustomResourceOptions => ({
  ignoreChanges: [...liveValues[value].properties],
  retainOnDelete: true,
});
