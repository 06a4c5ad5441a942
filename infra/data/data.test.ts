import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { DataPlane } from "./data";

interface Registration {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

const registrations = new Map<string, Registration>();
const settings = { claims: { clockDifferenceMs: 1_000 }, answers: { retentionDays: 3 } };
const scope = { partition: "aws", accountId: "123456789012", region: "eu-west-1" };

describe("DataPlane", () => {
  const children: pulumi.Resource[] = [];
  let urns: string[];

  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => {
          registrations.set(name, { type, inputs: inputs as Record<string, unknown> });
          return { id: `id-of-${name}`, state: { ...(inputs as object), arn: `arn:of:${name}` } };
        },
        call: ({ token }) => {
          throw new Error(`no function is called while the data plane is declared; got ${token}`);
        },
      },
      "fase-b",
      "staging",
      true,
    );
    const plane = new DataPlane("data", { namePrefix: "fase-b-staging", scope, settings });
    children.push(...plane.resources);
    urns = await Promise.all(
      [plane, ...children].map((resource) => new Promise<string>((done) => resource.urn.apply(done))),
    );
  });

  const inputsOf = (name: string): Record<string, unknown> => {
    const registration = registrations.get(name);
    if (!registration)
      throw new Error(`no resource ${name}; there are: ${[...registrations.keys()].join(", ")}`);
    return registration.inputs;
  };

  it("declares exactly this, all of it below the component", () => {
    expect([...registrations.keys()].sort()).toEqual([
      "data",
      "data-alias",
      "data-answers-bucket",
      "data-answers-bucket-policy",
      "data-answers-encryption",
      "data-answers-lifecycle",
      "data-answers-ownership",
      "data-answers-public-access",
      "data-answers-versioning",
      "data-breakers",
      "data-key",
      "data-requests",
      "data-trust",
      "data-voice",
    ]);
    expect(urns.slice(1).every((urn) => urn.includes("::fase-b:index:DataPlane$aws:"))).toBe(true);
    expect(inputsOf("data")["clauses"]).toEqual(["B3.1", "B3.2", "B3.3", "B4.1", "B4.2"]);
  });

  it.each(["requests", "breakers", "voice", "trust"])(
    "makes the table %s as the clauses ask (B3.1)",
    (table) => {
      expect(inputsOf(`data-${table}`)).toEqual({
        name: `fase-b-staging-${table}`,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        ttl: { attributeName: "expiresAtSeconds", enabled: true },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: true,
        serverSideEncryption: { enabled: true, kmsKeyArn: "arn:of:data-key" },
      });
    },
  );

  it("lets nobody use the key but by IAM, and names it by its alias", () => {
    const { policy, rotationPeriodInDays } = inputsOf("data-key") as {
      policy: string;
      rotationPeriodInDays: number;
    };
    const { Statement: statements } = JSON.parse(policy) as { Statement: { Principal: unknown }[] };
    expect(statements.map(({ Principal }) => Principal)).toEqual([{ AWS: "arn:aws:iam::123456789012:root" }]);
    expect(rotationPeriodInDays).toBe(90);
    expect(inputsOf("data-alias")).toMatchObject({ name: "alias/fase-b-staging-data" });
  });

  it("ends an answer after its days, its old versions a day later, and leaves no trace of it", () => {
    expect(inputsOf("data-answers-lifecycle")["rules"]).toEqual([
      {
        id: "answers",
        status: "Enabled",
        filter: { prefix: "answers/" },
        expiration: { days: 3 },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      },
      {
        id: "left-overs",
        status: "Enabled",
        filter: {},
        expiration: { expiredObjectDeleteMarker: true },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ]);
  });

  it("keeps answers under its own key, closed to everybody", () => {
    expect(inputsOf("data-answers-encryption")["rules"]).toEqual([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:of:data-key" },
        bucketKeyEnabled: true,
      },
    ]);
    expect(inputsOf("data-answers-public-access")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputsOf("data-answers-versioning")).toMatchObject({
      versioningConfiguration: { status: "Enabled" },
    });
    expect(inputsOf("data-answers-bucket-policy")["policy"]).toContain('"aws:SecureTransport":"false"');
  });
});
