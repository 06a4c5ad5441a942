import { ACMClient } from "@aws-sdk/client-acm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  refusal,
  startAwsDouble,
  withoutSession,
  withoutWaits,
  type AwsDouble,
  type ServiceReply,
} from "./awsDouble";
import { AcmCertificates } from "./certificates";

const ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000001";
const NOT_AFTER_S = 1_795_737_600;
const live = {
  CertificateArn: ARN,
  Status: "ISSUED",
  DomainName: "chat-03.staging.example.com",
  SubjectAlternativeNames: ["chat-03.staging.example.com", "www.example.com"],
  NotAfter: NOT_AFTER_S,
  InUseBy: ["arn:aws:apigateway:eu-west-1::/domainnames/chat-03.staging.example.com"],
  Type: "AMAZON_ISSUED",
};

let double: AwsDouble | undefined;
let client: ACMClient | undefined;
beforeEach(withoutWaits);
afterEach(async () => {
  client?.destroy();
  await double?.close();
  [client, double] = [undefined, undefined];
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function certificatesOf(
  answer: (index: number) => ServiceReply,
  signal?: AbortSignal,
): Promise<{ readonly certificates: AcmCertificates; readonly double: AwsDouble }> {
  double = await startAwsDouble((_, index) => answer(index));
  client = new ACMClient(double.client);
  return { certificates: new AcmCertificates(client, signal), double };
}
const described = (certificate: object): ServiceReply => ({ body: { Certificate: certificate } });

describe("a certificate of the account", () => {
  it("is told as it stands, each of its names once", async () => {
    const { certificates, double } = await certificatesOf(() => described(live));
    expect(await certificates.certificate(ARN)).toEqual({
      known: true,
      value: {
        status: "ISSUED",
        names: ["chat-03.staging.example.com", "www.example.com"],
        notAfterMs: NOT_AFTER_S * 1_000,
        inUse: true,
        type: "AMAZON_ISSUED",
      },
      asked: [{ system: "acm", asked: `the certificate ${ARN}` }],
    });
    expect(double.requests.map(({ operation, input }) => [operation, input])).toEqual([
      ["DescribeCertificate", { CertificateArn: ARN }],
    ]);
  });

  it("that nobody uses and that waits for its validation has no end yet", async () => {
    const { certificates } = await certificatesOf(() =>
      described({ ...live, Status: "PENDING_VALIDATION", NotAfter: undefined, InUseBy: [] }),
    );
    const answer = await certificates.certificate(ARN);
    expect(answer).toMatchObject({ known: true, value: { status: "PENDING_VALIDATION", inUse: false } });
    expect(answer.known && answer.value).not.toHaveProperty("notAfterMs");
  });

  it("of which little is said is not taken for a good one", async () => {
    const { certificates } = await certificatesOf(() => described({ CertificateArn: ARN }));
    expect(await certificates.certificate(ARN)).toMatchObject({
      value: { status: "UNKNOWN", names: [], inUse: false, type: "UNKNOWN" },
    });
  });

  it.each<[string, ServiceReply]>([
    ["the service has none of that name", refusal("ResourceNotFoundException")],
    ["the service says nothing of it", { body: {} }],
  ])("is known to be none where %s", async (_, reply) => {
    const { certificates } = await certificatesOf(() => reply);
    expect(await certificates.certificate(ARN)).toMatchObject({ known: true, value: undefined });
  });

  it("is asked for again where the service was too busy", async () => {
    const { certificates, double } = await certificatesOf((index) =>
      index === 0 ? refusal("ThrottlingException") : described(live),
    );
    expect(await certificates.certificate(ARN)).toMatchObject({ known: true, value: { status: "ISSUED" } });
    expect(double.requests).toHaveLength(2);
  });

  it.each<[string, ServiceReply, string]>([
    ["the service stays too busy", refusal("ThrottlingException"), "ThrottlingException"],
    ["the service fails", refusal("InternalFailure", 500), "InternalFailure"],
    ["the answer is no JSON", { body: "<html>a proxy's page</html>" }, "SyntaxError"],
    ["the answer breaks off", { ...described(live), cut: true }, "ECONNRESET"],
  ])("is unknown where %s", async (_, reply, name) => {
    const { certificates } = await certificatesOf(() => reply);
    const answer = await certificates.certificate(ARN);
    expect(answer).toMatchObject({
      known: false,
      because: expect.stringMatching(/^acm gave no answer to acm:DescribeCertificate: /) as string,
    });
    expect(JSON.stringify(answer)).toContain(name);
    // A vendor's message may carry anything.
    expect(JSON.stringify(answer)).not.toMatch(/jane\.doe|proxy/);
  });

  it("is refused to who may not see it, with the right that is missing", async () => {
    const { certificates, double } = await certificatesOf(() => refusal("AccessDeniedException"));
    await expect(certificates.certificate(ARN)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(
        /^acm:DescribeCertificate: got a refusal; allowed: .*; fix: give/,
      ) as string,
    });
    expect(double.requests).toHaveLength(1);
  });

  it.each(["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])(
    "is no matter of rights where the session does not hold: %s",
    async (name) => {
      const { certificates } = await certificatesOf(() => refusal(name));
      await expect(certificates.certificate(ARN)).rejects.toThrow(
        new RegExp(`^credentials of AWS: got ${name}; allowed: .*; fix: sign in, then collect again$`),
      );
    },
  );

  it("is not asked for without a session", async () => {
    withoutSession();
    double = await startAwsDouble(() => described(live));
    const { endpoint, region } = double.client;
    client = new ACMClient({ endpoint, region });
    await expect(new AcmCertificates(client).certificate(ARN)).rejects.toThrow(
      /^credentials of AWS: got CredentialsProviderError; allowed: .*; fix: sign in/,
    );
    expect(double.requests).toEqual([]);
  });

  it("is left alone by who has given up", async () => {
    const { certificates } = await certificatesOf(() => described(live), AbortSignal.abort());
    await expect(certificates.certificate(ARN)).rejects.toMatchObject({ name: "AbortError" });
  });
});
