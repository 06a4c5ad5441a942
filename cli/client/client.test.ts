import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authorize } from "../../infra/functions/authorizer/authorizerRules";
import { prepareSources } from "../../infra/functions/authorizer/sources";
import { digestOf, goodRequest } from "../../infra/functions/authorizer/testSupport";
import { readTrustRecords } from "../../infra/functions/authorizer/trustRecords";
import { newIssuer, newRoot } from "../../infra/functions/pki/authorities";
import { readFacts } from "../../infra/functions/pki/certificateFacts";
import { certificatesIn } from "../../infra/functions/pki/pem";
import {
  DAY_MS,
  newGeneration,
  newRequest,
  p256,
  rsa,
  type Generation,
} from "../../infra/functions/pki/testSupport";
import type { TestDynamo } from "../../infra/functions/store/dynamoFront";
import { secretOf, secretsDouble } from "../../infra/functions/edge/upstream/testSupport/secrets";
import { startTestDynamo } from "../../infra/functions/store/testDynamo";
import { readLedger } from "../../infra/trust/ledger";
import { plainStyle } from "../style";
import { ClientError } from "./errors";
import type { CertificatePorts } from "./certificates";
import { ledgerIn } from "./files";
import { IssuerSecrets } from "./issuerSecret";
import { parseCommand } from "./options";
import { perform } from "./perform";
import { newFolder, newTrustTable } from "./testSupport";
import { DynamoTrustTable } from "./trustTable";

const nowMs = Date.UTC(2026, 10, 26, 12);
const API_KEY = "k".repeat(40);
const DOMAIN = "chat-01.staging.example.com";

let dynamo: TestDynamo;
let g1: Generation;
let g2: Generation;
let secrets: Map<string, string>;
let folder: ReturnType<typeof newFolder>;
let table: string;
let tables = 0;
/** The clock of the command. */
let atMs = nowMs;
let generation = "g1";

beforeAll(async () => {
  dynamo = await startTestDynamo();
  g1 = await newGeneration(nowMs);
  g2 = await newGeneration(nowMs);
});
afterAll(() => dynamo.close());
beforeEach(async () => {
  tables += 1;
  table = `fase-b-client-${tables}`;
  atMs = nowMs;
  generation = "g1";
  secrets = new Map([
    ["fase-b-staging/authority/g1/clients-issuer", secretOf(g1.clientsIssuer)],
    ["fase-b-staging/authority/g2/clients-issuer", secretOf(g2.clientsIssuer)],
  ]);
  folder = newFolder();
  mkdirSync(join(folder.path, "stacks/staging"), { recursive: true });
  await newTrustTable(dynamo.client, table);
});
afterEach(() => folder.remove());

const portsOf = (changes: Partial<CertificatePorts> = {}): CertificatePorts => {
  const issuers = new IssuerSecrets(secretsDouble(secrets), "fase-b-staging");
  return {
    settings: {
      clientIds: ["web-app", "qa-security", "prober", "scanner"],
      issuedByRotation: { prober: "rotate-prober-certificates", scanner: "rotate-scanner-certificate" },
      leafLifetimeDays: 30,
      generation,
      revocationSeconds: 55,
    },
    trust: new DynamoTrustTable(dynamo.client, table),
    ledger: ledgerIn(join(folder.path, "stacks/staging")),
    issuerOf: (id) => issuers.clientsIssuer(id),
    nowMs: () => atMs,
    ...changes,
  };
};

/** The table, whose recording goes through `how`. */
function recordingBy(how: (record: () => Promise<void>) => Promise<void>): CertificatePorts["trust"] {
  const { trust } = portsOf();
  return {
    read: (...args) => trust.read(...args),
    revoke: (...args) => trust.revoke(...args),
    forget: (...args) => trust.forget(...args),
    record: (...args) => how(() => trust.record(...args)),
  };
}

/** The command ends while it records, before or after the table did. */
const crashing = (recorded: boolean): Partial<CertificatePorts> => ({
  trust: recordingBy(async (record) => {
    if (recorded) await record();
    throw new Error("crash");
  }),
});

/** A command as it is typed. */
const typed = (line: string, changes?: Partial<CertificatePorts>): Promise<string> => {
  const command = parseCommand(line.split(" "));
  if (command.kind === "help") throw new Error("no command");
  return perform(command, portsOf(changes), folder.path, plainStyle);
};

const messageOf = (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => "no error",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

async function putRequest(name = "web-app", ...as: Parameters<typeof newRequest>): Promise<string> {
  const { csrPem } = await newRequest(...as);
  writeFileSync(join(folder.path, `${name}.csr`), csrPem);
  return csrPem;
}

const fileText = (name: string): string => readFileSync(join(folder.path, name), "utf8");
const leafIn = (name: string): string => certificatesIn(fileText(name))[0] ?? "";
const ledger = () => readLedger(join(folder.path, "stacks/staging")).certificates;
const files = (): string[] =>
  readdirSync(folder.path)
    .filter((name) => name !== "stacks")
    .sort();

/** What the authorizer says to the leaf, by what stands in the table now. */
async function verdictOn(leafPem: string, clientId = "web-app"): Promise<string> {
  const { revoked } = await readTrustRecordsOf();
  const sources = prepareSources({
    issuersPem: [g1, g2].map(({ clientsIssuer }) => clientsIssuer.certificatePem),
    revocation: { issuedAtMs: atMs, maxAgeMs: 55_000, revoked },
    agents: [{ domain: DOMAIN, routes: ["POST /chat"], clients: [clientId] }],
    clients: [{ clientId, keyDigests: [digestOf(API_KEY)] }],
    scanning: { clientId: "scanner", addresses: ["203.0.113.7/32"] },
  });
  const request = { ...goodRequest, domain: DOMAIN, apiKeys: [API_KEY], clientCertPem: leafPem };
  const decision = authorize(request, sources, atMs);
  return decision.effect === "allow" ? "allowed" : decision.reason;
}

async function putIssuers(...of: readonly Generation[]): Promise<void> {
  const { PutItemCommand } = await import("@aws-sdk/client-dynamodb");
  const pems = (of.length > 0 ? of : [g1]).map(({ clientsIssuer }) => clientsIssuer.certificatePem).join("");
  await dynamo.client.send(
    new PutItemCommand({ TableName: table, Item: { id: { S: "issuers" }, pems: { S: pems } } }),
  );
}

async function readTrustRecordsOf() {
  await putIssuers();
  return readTrustRecords(dynamo.client, table, []);
}

describe("npm run client -- enroll (B5.2)", () => {
  it("writes leaf and issuer beside the request, let in by the authorizer, recorded in table and ledger", async () => {
    await putRequest();
    const said = await typed("enroll web-app --csr web-app.csr");
    const [leaf = "", issuer = "", ...others] = certificatesIn(fileText("web-app.pem"));
    expect(others).toEqual([]);
    expect(issuer).toBe(g1.clientsIssuer.certificatePem);
    expect(await verdictOn(leaf)).toBe("allowed");
    const { serial, issuerKeyId, notAfterMs } = readFacts("leaf", leaf);
    expect(notAfterMs).toBe(nowMs + 30 * DAY_MS);
    expect(ledger()).toEqual([
      expect.objectContaining({
        clientId: "web-app",
        serial,
        issuerKeyId,
        generation: "g1",
        notBefore: "2026-11-26T11:55:00.000Z",
        notAfter: "2026-12-26T12:00:00.000Z",
      }),
    ]);
    const { issued } = await portsOf().trust.read(["web-app"]);
    expect(issued.get("web-app")).toEqual([{ issuerKeyId, serial, notAfterMs }]);
    expect(said).toMatch(
      new RegExp(
        `web-app.pem: certificate ${serial} of web-app, good until 2026-12-26T12:00:00.000Z\ncommit stacks/staging/certificates.json\n$`,
      ),
    );
    expect(files()).toEqual(["web-app.csr", "web-app.pem"]);
    expect(statSync(join(folder.path, "web-app.pem")).mode & 0o777).toBe(0o644);
  });

  it("records the certificate before anybody has it", async () => {
    await putRequest();
    const there: string[][] = [];
    await typed("enroll web-app --csr web-app.csr", {
      trust: recordingBy(async (record) => {
        there.push(files().filter((name) => name.endsWith(".pem")));
        await record();
      }),
    });
    expect(there).toEqual([[]]);
  });

  it.each<[string, boolean]>([
    ["before the table's record", false],
    ["after the table's record, whose answer was lost", true],
  ])(
    "that crashed %s gives the same request the same certificate, and no second one",
    async (_, recorded) => {
      await putRequest();
      expect(await messageOf(typed("enroll web-app --csr web-app.csr", crashing(recorded)))).toBe("crash");
      expect(files()).toEqual(["web-app.csr"]);
      const [entry] = ledger();
      atMs += 3_600_000;
      expect(await typed("enroll web-app --csr web-app.csr")).toContain(
        "it was issued to this request before",
      );
      const facts = readFacts("leaf", leafIn("web-app.pem"));
      expect(facts.serial).toBe(entry?.serial);
      expect(facts.notAfterMs).toBe(nowMs + 30 * DAY_MS);
      expect(ledger()).toHaveLength(1);
      const { issued } = await portsOf().trust.read(["web-app"]);
      expect(issued.get("web-app")).toHaveLength(1);
      expect(await verdictOn(leafIn("web-app.pem"))).toBe("allowed");
      expect(await typed("enroll web-app --csr web-app.csr")).toContain("stands there already");
      expect(ledger()).toHaveLength(1);
    },
  );

  it("is refused for a client with a certificate that lives, whatever machine it was issued on", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    await putRequest("next");
    expect(await messageOf(typed("enroll web-app --csr next.csr"))).toMatch(
      /^web-app: got a certificate that lives \([0-9a-f]{32} until 2026-12-26T12:00:00.000Z\); allowed: .+renew web-app/,
    );
    writeFileSync(join(folder.path, "stacks/staging/certificates.json"), '{ "certificates": [] }');
    expect(await messageOf(typed("enroll web-app --csr next.csr"))).toMatch(/got a certificate that lives/);
    expect(await messageOf(typed("renew web-app --csr next.csr"))).toMatch(
      /got certificates that the ledger does not know .+fix: get the commit/,
    );
    expect(files()).toEqual(["next.csr", "web-app.csr", "web-app.pem"]);
  });

  it("never overwrites without --force", async () => {
    await putRequest();
    writeFileSync(join(folder.path, "web-app.pem"), "something else");
    expect(await messageOf(typed("enroll web-app --csr web-app.csr"))).toMatch(
      /web-app.pem: got a file that is there; allowed: .+; fix: .+--force/,
    );
    expect(ledger()).toEqual([]);
    expect(fileText("web-app.pem")).toBe("something else");
    await typed("enroll web-app --csr web-app.csr --force");
    expect(await verdictOn(leafIn("web-app.pem"))).toBe("allowed");
    await typed("enroll web-app --csr web-app.csr --out other.pem");
    expect(readFacts("leaf", leafIn("other.pem")).serial).toBe(ledger()[0]?.serial);
    expect(files()).toEqual(["other.pem", "web-app.csr", "web-app.pem"]);
  });
});

describe("what is wrong is refused before anything is written (B5.2)", () => {
  const expectNothingWritten = async (): Promise<void> => {
    expect(ledger()).toEqual([]);
    expect(files().filter((name) => name.endsWith(".pem") || name.endsWith(".part"))).toEqual([]);
    const { issued } = await portsOf().trust.read(["web-app"]);
    expect(issued.get("web-app")).toEqual([]);
  };

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      "a client that the settings do not know",
      () => putRequest(),
      "enroll nobody --csr web-app.csr",
      /^client_id: got "nobody"; allowed: prober, qa-security, scanner, web-app; fix: .+fase-b:clients/,
    ],
    [
      "a request that is missing",
      () => Promise.resolve(),
      "enroll web-app --csr web-app.csr",
      /^--csr .+: got ENOENT/,
    ],
    [
      "a request that is a folder",
      () => Promise.resolve(mkdirSync(join(folder.path, "x"))),
      "enroll web-app --csr x",
      /^--csr .+: got EISDIR/,
    ],
    [
      "a request that is no PEM",
      () => Promise.resolve(writeFileSync(join(folder.path, "web-app.csr"), "hello")),
      "enroll web-app --csr web-app.csr",
      /^certificate request: got no PEM block; allowed: one block/,
    ],
    [
      "a request that is too large a file",
      () => Promise.resolve(writeFileSync(join(folder.path, "web-app.csr"), "x".repeat(70_000))),
      "enroll web-app --csr web-app.csr",
      /got more than 65536 bytes/,
    ],
    [
      "a request over SHA-1",
      () => putRequest("web-app", p256, "SHA-1"),
      "enroll web-app --csr web-app.csr",
      /signature: got .+SHA-1/,
    ],
    [
      "a request of RSA-1024",
      () => putRequest("web-app", rsa(1_024)),
      "enroll web-app --csr web-app.csr",
      /key: got rsa, 1024 bits/,
    ],
    [
      "a renewal of nothing",
      () => putRequest(),
      "renew web-app --csr web-app.csr",
      /^web-app: got no certificate that lives.+enroll web-app/,
    ],
    [
      "a folder that is not there",
      () => putRequest(),
      "enroll web-app --csr web-app.csr --out nowhere/web-app.pem",
      /nowhere\/web-app.pem: got ENOENT; allowed: a place in a folder/,
    ],
    [
      "a folder that is a file",
      () => putRequest(),
      "enroll web-app --csr web-app.csr --out web-app.csr/web-app.pem",
      /web-app.csr\/web-app.pem: got ENOTDIR/,
    ],
    [
      "a generation without a secret",
      () => {
        secrets.clear();
        return putRequest();
      },
      "enroll web-app --csr web-app.csr",
      /^the secret fase-b-staging\/authority\/g1\/clients-issuer: got ResourceNotFoundException; .+pulumi up/,
    ],
    [
      "a secret of another form",
      () => {
        secrets.set("fase-b-staging/authority/g1/clients-issuer", '{"certificatePem":"topsecret"}');
        return putRequest();
      },
      "enroll web-app --csr web-app.csr",
      /^the secret .+: got a value of another form; (?!.*topsecret)/,
    ],
    [
      "an issuer whose key is another's",
      () => {
        const mixed = { ...g1.clientsIssuer, privateKeyPem: g2.clientsIssuer.privateKeyPem };
        secrets.set("fase-b-staging/authority/g1/clients-issuer", secretOf(mixed));
        return putRequest();
      },
      "enroll web-app --csr web-app.csr",
      /^issuer: got a private key of another certificate/,
    ],
    [
      "an issuer that has expired",
      async () => {
        secrets.set("fase-b-staging/authority/g1/clients-issuer", secretOf(await issuerUntil(nowMs - 1_000)));
        await putRequest();
      },
      "enroll web-app --csr web-app.csr",
      /^issuer: got one that expired on 2026-11-26T11:59:59.000Z; .+fix: issue from a generation that is in force/,
    ],
    [
      "an issuer that ends before the leaf would",
      async () => {
        secrets.set(
          "fase-b-staging/authority/g1/clients-issuer",
          secretOf(await issuerUntil(nowMs + 29 * DAY_MS)),
        );
        await putRequest();
      },
      "enroll web-app --csr web-app.csr",
      /^leaf: got an end, 2026-12-26.+, after its issuer's, 2026-12-25.+; fix: issue from the next generation/,
    ],
  ])("%s", async (_, prepare, line, message) => {
    await prepare();
    expect(await messageOf(typed(line))).toMatch(message);
    await expectNothingWritten();
  });

  it("a file that holds a private key, which is not repeated", async () => {
    const { csrPem, privateKeyPem } = await newRequest();
    writeFileSync(join(folder.path, "web-app.csr"), csrPem + privateKeyPem);
    const message = await messageOf(typed("enroll web-app --csr web-app.csr"));
    expect(message).toMatch(/^certificate request: got a private key; .+fix: make a new key/);
    for (const line of privateKeyPem.split("\n").slice(1, 4)) expect(message).not.toContain(line);
    await expectNothingWritten();
  });

  it("a folder that can't be written to", async ({ skip }) => {
    if (process.getuid?.() === 0) skip("root may write everywhere");
    await putRequest();
    mkdirSync(join(folder.path, "closed"), { mode: 0o500 });
    expect(await messageOf(typed("enroll web-app --csr web-app.csr --out closed/web-app.pem"))).toMatch(
      /got EACCES/,
    );
    chmodSync(join(folder.path, "closed"), 0o700);
  });
});

describe("npm run client -- renew (B5.2)", () => {
  it("issues another certificate of a new key, from the generation that issues, and leaves the old one good", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    const old = leafIn("web-app.pem");
    atMs += 20 * DAY_MS;
    generation = "g2";
    await putRequest("next");
    const said = await typed("renew web-app --csr next.csr");
    expect(said).toContain(
      `certificate ${readFacts("old", old).serial} stays good beside it until 2026-12-26T12:00:00.000Z`,
    );
    expect(await verdictOn(old)).toBe("allowed");
    expect(await verdictOn(leafIn("next.pem"))).toBe("allowed");
    expect(ledger().map((entry) => entry.generation)).toEqual(["g1", "g2"]);
  });

  it("is refused with the key of a certificate that there was: live, revoked or expired", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    const refused = (how: string): RegExp =>
      new RegExp(
        `^the request's key: got the key of the certificate [0-9a-f]{32}, which ${how}; allowed: a new private key`,
      );
    expect(await messageOf(typed("renew web-app --csr web-app.csr --out x.pem"))).toMatch(refused("lives"));
    await putRequest("next");
    await typed("renew web-app --csr next.csr");
    // The key of the one in use, long after its renewal, and that of the one before it.
    atMs += 2 * DAY_MS;
    expect(await messageOf(typed("renew web-app --csr next.csr --out x.pem"))).toMatch(refused("lives"));
    expect(await messageOf(typed("renew web-app --csr web-app.csr --out x.pem"))).toMatch(refused("lives"));
    await typed("revoke web-app --all");
    expect(await messageOf(typed("enroll web-app --csr next.csr --out x.pem"))).toMatch(
      refused("was revoked"),
    );
    atMs += 60 * DAY_MS;
    expect(await messageOf(typed("enroll web-app --csr web-app.csr --out x.pem"))).toMatch(
      refused("has expired"),
    );
    expect(ledger()).toHaveLength(2);
  });

  it("that crashed gives the same request the same certificate", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    await putRequest("next");
    expect(await messageOf(typed("renew web-app --csr next.csr", crashing(false)))).toBe("crash");
    atMs += 60_000;
    expect(await typed("renew web-app --csr next.csr")).toContain("it was issued to this request before");
    expect(ledger()).toHaveLength(2);
    expect(await verdictOn(leafIn("next.pem"))).toBe("allowed");
  });
});

describe("the clients of prober and scans", () => {
  it("are not enrolled or renewed: a rotation issues their certificates", async () => {
    await putRequest();
    for (const [clientId, rotation] of [
      ["prober", "rotate-prober-certificates"],
      ["scanner", "rotate-scanner-certificate"],
    ] as const)
      for (const kind of ["enroll", "renew"])
        expect(await messageOf(typed(`${kind} ${clientId} --csr web-app.csr`))).toMatch(
          new RegExp(`^${kind} ${clientId}: got the client ${clientId}, .+; fix: .*${rotation}`),
        );
    expect(ledger()).toEqual([]);
  });

  it("are listed, revoked and pruned as others are", async () => {
    await portsOf().trust.record("prober", {
      issuerKeyId: "0a",
      serial: "c0ffee",
      notAfterMs: nowMs + DAY_MS,
    });
    expect(await typed("list prober")).toMatch(/^prober {2}live .+c0ffee/);
    expect(await typed("revoke prober")).toContain("0a:c0ffee");
    atMs += 2 * DAY_MS;
    expect(await typed("prune prober")).toBe("forgot 1 certificate that expired\n");
  });
});

describe("npm run client -- revoke (B5.3)", () => {
  it("takes the one that lives, says when it is in force, and may be repeated", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    const said = await typed("revoke web-app");
    const [entry] = ledger();
    expect(said).toBe(
      `revoked 1 certificate of web-app: in force within 55 s\n  ${entry?.issuerKeyId}:${entry?.serial}\n`,
    );
    expect(await verdictOn(leafIn("web-app.pem"))).toBe("certificate-revoked");
    expect(await typed("revoke web-app")).toContain("revoked 1 certificate of web-app (1 of them before)");
    await putRequest("next");
    await typed("enroll web-app --csr next.csr");
    expect(await verdictOn(leafIn("next.pem"))).toBe("allowed");
  });

  it("asks for a name where several live, and takes one by its number, or all", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    await putRequest("next");
    await typed("renew web-app --csr next.csr");
    expect(await messageOf(typed("revoke web-app"))).toMatch(
      /^web-app: got 2 certificates that live .+--serial, or --all/,
    );
    const { serial } = readFacts("old", leafIn("web-app.pem"));
    await typed(`revoke web-app --serial 00${serial.toUpperCase()}`);
    expect(await verdictOn(leafIn("web-app.pem"))).toBe("certificate-revoked");
    expect(await verdictOn(leafIn("next.pem"))).toBe("allowed");
    expect(await typed("revoke web-app --all")).toContain(
      "revoked 2 certificates of web-app (1 of them before)",
    );
    expect(await verdictOn(leafIn("next.pem"))).toBe("certificate-revoked");
  });

  it("takes one that nobody recorded by its issuer's key id, and refuses what is unknown or no number", async () => {
    await putIssuers(g1, g2);
    const { subjectKeyId = "" } = readFacts("issuer", g2.clientsIssuer.certificatePem);
    expect(await typed(`revoke web-app --serial ${subjectKeyId.toUpperCase()}:00c0ffee`)).toContain(
      `\n  ${subjectKeyId}:c0ffee\n`,
    );
    expect(await messageOf(typed("revoke web-app --serial c0ffee"))).toMatch(
      /^--serial: got c0ffee; allowed: none/,
    );
    expect(await messageOf(typed("revoke web-app --serial c0:ff:ee"))).toMatch(
      /^--serial: got "c0:ff:ee"; allowed: hex/,
    );
    expect(await messageOf(typed("revoke web-app"))).toMatch(/got no certificate that has not expired/);
    expect(await messageOf(typed("revoke nobody --all"))).toMatch(/^client_id: got "nobody"/);
  });

  it("refuses a key id that no trusted issuer has, unless a certificate of the client is of it", async () => {
    expect(await messageOf(typed("revoke web-app --serial 0a0b:c0ffee"))).toMatch(
      /^--serial: issuer's key id: got 0a0b; allowed: none/,
    );
    await putIssuers(g1, g2);
    const ids = [g1, g2].map(
      ({ clientsIssuer }) => readFacts("issuer", clientsIssuer.certificatePem).subjectKeyId,
    );
    expect(await messageOf(typed("revoke web-app --serial 0a0b:c0ffee"))).toContain(
      `got 0a0b; allowed: ${ids.join(", ")}; fix: `,
    );
    expect([...(await portsOf().trust.read([])).revoked]).toEqual([]);
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    await putIssuers(g2);
    expect(await typed(`revoke web-app --serial ${ids[0]}:c0ffee`)).toContain(`${ids[0]}:c0ffee`);
    expect(await messageOf(typed(`revoke qa-security --serial ${ids[0]}:c0ffee`))).toContain(
      `allowed: ${ids[1]};`,
    );
  });

  it("never makes the record of what is revoked: without it nobody is let in", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    const { DeleteItemCommand } = await import("@aws-sdk/client-dynamodb");
    await dynamo.client.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: "revocation" } } }));
    expect(await messageOf(typed("revoke web-app"))).toMatch(/got no item revocation; .+fix: run pulumi up/);
  });

  it.each<[string, Error, string]>([
    [
      "a network that is not there",
      Object.assign(new Error("topsecret"), { code: "ECONNREFUSED" }),
      "Error (ECONNREFUSED)",
    ],
    [
      "several addresses that are not reached",
      new AggregateError([Object.assign(new Error("topsecret"), { code: "ENETUNREACH" })], "topsecret"),
      "AggregateError (ENETUNREACH)",
    ],
    [
      "an answer that is not understood",
      Object.assign(new Error("topsecret"), { $metadata: { httpStatusCode: 503 } }),
      "Error (HTTP 503)",
    ],
    [
      "an error that says nothing",
      Object.assign(new Error("topsecret"), { code: "top secret" }),
      "Error, without a code",
    ],
  ])("says what is known of %s, and no value", async (_, error, got) => {
    await putRequest();
    const failing = { send: () => Promise.reject(error) };
    const trust = new DynamoTrustTable(failing as unknown as typeof dynamo.client, table);
    expect(await messageOf(typed("revoke web-app", { trust }))).toContain(`: got ${got}; allowed: `);
    expect(await messageOf(typed("revoke web-app", { trust }))).not.toMatch(/top.?secret/);
    const issuers = new IssuerSecrets(
      failing as unknown as ReturnType<typeof secretsDouble>,
      "fase-b-staging",
    );
    const issuerOf: CertificatePorts["issuerOf"] = (id) => issuers.clientsIssuer(id);
    const message = await messageOf(typed("enroll web-app --csr web-app.csr", { issuerOf }));
    expect(message).toContain(`: got ${got}; allowed: `);
    expect(message).not.toMatch(/top.?secret/);
  });

  it("says what DynamoDB said, without what it holds", async () => {
    const other = new DynamoTrustTable(dynamo.client, "no-such-table");
    const message = await messageOf(typed("revoke web-app", { trust: other }));
    expect(message).toMatch(
      /^reading the table no-such-table: got ResourceNotFoundException; allowed: .+; fix: .+credentials/,
    );
  });
});

describe("npm run client -- list and prune (B5.2)", () => {
  it("shows what lives and until when, and what it does not know", async () => {
    expect(await typed("list")).toBe("no certificate is recorded\n");
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    await putRequest("qa");
    await typed("enroll qa-security --csr qa.csr");
    await typed("revoke qa-security");
    writeFileSync(
      join(folder.path, "stacks/staging/certificates.json"),
      `${JSON.stringify({ certificates: ledger().filter(({ clientId }) => clientId !== "qa-security") })}`,
    );
    const lines = (await typed("list")).split("\n");
    expect(lines[0]).toMatch(
      /^qa-security {2}revoked {2}2026-12-26T12:00:00.000Z {2}30 days {3}[0-9a-f]{32} {2}not in the ledger$/,
    );
    expect(lines[1]).toMatch(
      /^web-app {6}live {5}2026-12-26T12:00:00.000Z {2}30 days {3}[0-9a-f]{32} {2}g1$/,
    );
    atMs += 30 * DAY_MS - 3_600_000;
    expect(await typed("list web-app")).toContain("1 hour ");
    atMs += 3_600_001;
    expect(await typed("list web-app")).toMatch(/expired .+over/);
  });

  it("forgets what has expired in table, ledger and list of the revoked, and nothing that lives", async () => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    await typed("revoke web-app");
    await putRequest("next");
    atMs += 20 * DAY_MS;
    await typed("enroll web-app --csr next.csr");
    expect(await typed("prune")).toBe("forgot 0 certificates that expired\n");
    expect(ledger()).toHaveLength(2);
    atMs += 11 * DAY_MS;
    expect(await typed("prune")).toBe("forgot 1 certificate that expired\n");
    const left = readFacts("next", leafIn("next.pem"));
    expect(ledger().map(({ serial }) => serial)).toEqual([left.serial]);
    const { issued, revoked } = await portsOf().trust.read(["web-app"]);
    expect(issued.get("web-app")?.map(({ serial }) => serial)).toEqual([left.serial]);
    expect([...revoked]).toEqual([]);
    expect(await typed("prune")).toBe("forgot 0 certificates that expired\n");
  });
});

describe("the ledger", () => {
  it("that is no ledger stops every command", async () => {
    await putRequest();
    for (const text of ["", "{}", '{"certificates":[{"clientId":"x"}]}', '{"certificates":[],"more":1}']) {
      writeFileSync(join(folder.path, "stacks/staging/certificates.json"), text);
      expect(await messageOf(typed("enroll web-app --csr web-app.csr"))).toMatch(
        /certificates.json: got .+; fix: take it from version control/,
      );
    }
  });

  it.each<[string, string, string]>([
    ["that lives longer than the settings allow", "2026-11-26T11:55:00.000Z", "2027-03-26T12:00:00.000Z"],
    ["whose life was put off", "2026-12-26T11:55:00.000Z", "2027-01-25T12:00:00.000Z"],
  ])("with an entry %s gives nothing again", async (_, notBefore, notAfter) => {
    await putRequest();
    await typed("enroll web-app --csr web-app.csr");
    rmSync(join(folder.path, "web-app.pem"));
    const edited = { certificates: ledger().map((entry) => ({ ...entry, notBefore, notAfter })) };
    writeFileSync(join(folder.path, "stacks/staging/certificates.json"), JSON.stringify(edited));
    expect(await messageOf(typed("enroll web-app --csr web-app.csr"))).toMatch(
      new RegExp(
        `^the ledger's entry of the certificate .+: got a life from ${notBefore} to ${notAfter}; allowed: 30 days .+; fix: take the ledger from version control`,
      ),
    );
    expect(files()).toEqual(["web-app.csr"]);
  });

  it("keeps what two processes write at the same time", { timeout: 30_000 }, async () => {
    const root = join(__dirname, "../..");
    const path = join(folder.path, "stacks/staging");
    const entry = {
      issuerKeyId: "0a",
      generation: "g1",
      publicKeyDigest: "0".repeat(64),
      notBefore: "2026-11-26T11:55:00.000Z",
      notAfter: "2026-12-26T12:00:00.000Z",
    };
    const adding = (clientId: string) =>
      promisify(execFile)(process.execPath, [
        "--require",
        join(root, "runtime/register.cjs"),
        "-e",
        `const { ledgerIn } = require(${JSON.stringify(join(root, "cli/client/files.ts"))});
        (async () => {
          for (let serial = 10; serial < 50; serial += 1)
            await ledgerIn(${JSON.stringify(path)}).change(({ certificates }) => ({
              certificates: [...certificates, { ...${JSON.stringify(entry)}, clientId: "${clientId}", serial: String(serial) }],
            }));
        })();`,
      ]);
    await Promise.all([adding("web-app"), adding("qa-security")]);
    expect(ledger()).toHaveLength(80);
    expect(readdirSync(path)).toEqual(["certificates.json"]);
  });

  it("waits for another run's lock, says what to do with it, and leaves none of its own", async () => {
    const path = join(folder.path, "stacks/staging");
    const lock = join(path, "certificates.json.lock");
    await putRequest();
    writeFileSync(lock, "1");
    expect(
      await messageOf(typed("enroll web-app --csr web-app.csr", { ledger: ledgerIn(path, 60) })),
    ).toMatch(
      /certificates.json.lock: got the lock of another run, still there after 0.06 s; allowed: .+; fix: wait .+remove the file/,
    );
    expect(readdirSync(path)).toEqual(["certificates.json.lock"]);
    const waiting = typed("enroll web-app --csr web-app.csr");
    setTimeout(() => rmSync(lock), 100);
    expect(await waiting).toContain("web-app.pem: certificate ");
    const failing = ledgerIn(path).change(() => {
      throw new Error("fault");
    });
    expect(await messageOf(failing)).toBe("fault");
    expect(readdirSync(path)).toEqual(["certificates.json"]);
  });

  it("that another run added to for the same client, since it was judged, takes no second one", async () => {
    await putRequest();
    const first = ledgerIn(join(folder.path, "stacks/staging"));
    const meanwhile: CertificatePorts["ledger"] = {
      read: () => first.read(),
      change: async (how) => {
        await putRequest("other");
        await typed("enroll web-app --csr other.csr");
        await first.change(how);
      },
    };
    expect(await messageOf(typed("enroll web-app --csr web-app.csr", { ledger: meanwhile }))).toMatch(
      /^web-app: got a certificate that another run issued just now .+fix: run the command again/,
    );
    expect(ledger()).toHaveLength(1);
  });

  it("is the same text for the same certificates, in whatever order they came", async () => {
    for (const name of ["web-app", "qa-security"]) {
      await putRequest(name);
      await typed(`enroll ${name} --csr ${name}.csr`);
    }
    const text = fileText("stacks/staging/certificates.json");
    expect(ledger().map(({ clientId }) => clientId)).toEqual(["qa-security", "web-app"]);
    await ledgerIn(join(folder.path, "stacks/staging")).change(({ certificates }) => ({
      certificates: certificates.toReversed(),
    }));
    expect(fileText("stacks/staging/certificates.json")).toBe(text);
  });
});

async function issuerUntil(notAfterMs: number) {
  const facts = { organization: "Fase B", notBeforeMs: nowMs - 300 * DAY_MS };
  const root = await newRoot({ ...facts, commonName: "root", notAfterMs: nowMs + 300 * DAY_MS });
  return newIssuer(root, { ...facts, commonName: "issuer", notAfterMs });
}

it("ClientError says what, got, allowed and fix", () => {
  expect(new ClientError({ what: "a", got: "b", allowed: "c", fix: "d" }).message).toBe(
    "a: got b; allowed: c; fix: d",
  );
});
