import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readContract, routeId } from "../../../infra/contract/contract";
import { authorize } from "../../../infra/functions/authorizer/authorizerRules";
import { prepareSources } from "../../../infra/functions/authorizer/sources";
import { answerOf, correlationId, createBench, eventOf } from "../../../infra/functions/edge/testSupport";
import { newIssuer, newRoot } from "../../../infra/functions/pki/authorities";
import type { Issuer } from "../../../infra/functions/pki/issuer";
import { newKey } from "../../../infra/functions/pki/keys";
import { issueClientLeaf, issueServiceLeaf } from "../../../infra/functions/pki/leaf";
import { readRequest } from "../../../infra/functions/pki/request";
import { blocksOf, leadHere, tryBlock, type Tried } from "../../../test/support/page";
import { stagingSettings } from "../../../test/support/staging";
import { exampleClient, onboarding } from "./onboarding";

const settings = stagingSettings();
const contract = readContract();
const page = onboarding(settings, contract);
const client = exampleClient(settings, contract);
const apiKey = "k".repeat(40);
const DAY_MS = 86_400_000;
const validity = { notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + 2 * DAY_MS };

let folder: string;
let root: Issuer;
let clients: Issuer;
let server: Server;
/** What the agents were asked, by path. */
let asked: string[] = [];
let failures = 0;

/** Mutual TLS by Node.js; who may call and what an idempotency key does by the functions' own code. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "onboarding-"));
  const names = { organization: "Fase B staging", ...validity, notAfterMs: Date.now() + 30 * DAY_MS };
  root = await newRoot({ ...names, commonName: "Fase B root" });
  clients = await newIssuer(root, { ...names, commonName: "Fase B clients' issuer" });
  const services = await newIssuer(root, { ...names, commonName: "Fase B services' issuer" });
  const key = await newKey();
  const leaf = await issueServiceLeaf(services, {
    publicKeyPem: key.publicKeyPem,
    use: "server",
    dnsNames: settings.agents.map(({ domain }) => domain),
    ...validity,
  });
  const bench = createBench();
  const well = bench.agent;
  bench.agent = (request, timeoutMs) => {
    asked.push(request.path);
    if (failures > 0) {
      failures -= 1;
      return Promise.resolve(answerOf(500, {}));
    }
    return request.path.startsWith("/realtime-voice")
      ? Promise.resolve(
          answerOf(201, {
            ticket: "t".repeat(43),
            sessionId: "5f0c1d7e-3a58-4c4b-9a0e-2f6d1b7c8e90",
            expiresAt: "2026-11-26T12:00:30Z",
            url: "wss://voice-01.staging.example.com/realtime-voice",
            subprotocols: ["fase-b.voice.v1", `fase-b.ticket.${"t".repeat(43)}`],
          }),
        )
      : well(request, timeoutMs);
  };
  const sources = prepareSources({
    issuersPem: [clients.certificatePem],
    revocation: { issuedAtMs: Date.now(), maxAgeMs: 3_600_000, revoked: [] },
    agents: settings.agents
      .filter(({ protocol }) => protocol === "http")
      .map(({ domain, configuration }) => ({
        domain,
        routes: contract.routes.filter(({ path }) => configuration.routes.includes(path)).map(routeId),
        clients: configuration.clients,
      })),
    clients: [{ clientId: client, keyDigests: [createHash("sha256").update(apiKey).digest("hex")] }],
    scanning: { clientId: settings.scanning.clientId, addresses: settings.scanning.egressAddresses },
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = (name: string): string | undefined => request.headers[name]?.toString();
    const sentKey = text("x-api-key");
    // The gateway's own answer, given before anybody is asked.
    if (sentKey === undefined) return void response.writeHead(401).end();
    const socket = request.socket as TLSSocket;
    const path = request.url ?? "";
    const decision = authorize(
      {
        correlationId: correlationId as Parameters<typeof authorize>[0]["correlationId"],
        domain: text("host") ?? "",
        route: `${request.method} ${path}`,
        clientCertPem: socket.getPeerX509Certificate()?.toString() ?? "",
        apiKeys: [sentKey],
        subjects: [text("x-subject")].flatMap((subject) => subject ?? []),
        sourceIp: "127.0.0.1",
      },
      sources,
      Date.now(),
    );
    if (decision.effect === "deny") return void response.writeHead(403).end(decision.reason);
    const { statusCode, headers, body } = await bench.call(
      eventOf(path, Buffer.concat(chunks).toString("utf8"), {
        headers: {
          "Content-Type": text("content-type"),
          "Idempotency-Key": text("idempotency-key"),
          "X-Subject": text("x-subject"),
        },
        authorizer: { subject: undefined, ...decision.context },
      }),
    );
    response.writeHead(statusCode, { ...headers } as Record<string, string>).end(body);
  };
  server = createServer(
    {
      cert: leaf.certificatePem + services.certificatePem,
      key: key.privateKeyPem,
      ca: clients.certificatePem + root.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  leadHere(folder, (server.address() as AddressInfo).port, root.certificatePem);
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const [request = "", curlFile = "", first = "", others = "", refusals = ""] = blocksOf(page);

describe("the page of a client's first call (B7.3)", () => {
  it("makes a key and a request that we certify, and then each of its curl lines gets what stands behind it", async () => {
    await tryBlock(request, folder);
    const { publicKeyPem } = await readRequest(readFileSync(join(folder, `${client}.csr`), "utf8"));
    const leaf = await issueClientLeaf(clients, { publicKeyPem, clientId: client, ...validity });
    writeFileSync(join(folder, `${client}.pem`), leaf.certificatePem + clients.certificatePem);
    writeFileSync(join(folder, `${client}.api-key`), apiKey);

    const tried: Tried[] = [];
    for (const block of [curlFile, first, others, refusals]) tried.push(...(await tryBlock(block, folder)));
    expect(tried.map(({ came, command }) => `${came} ${command}`)).toEqual(
      tried.map(({ says, command }) => `${says} ${command}`),
    );
    expect(tried.map(({ says }) => says)).toEqual([
      ...["200", "200 replayed", "422"],
      ...["200", "202", "201"],
      ...["400", "401", "refused"],
    ]);
    // Each route once: neither the replay nor a refusal came as far.
    expect(asked.sort()).toEqual(contract.routes.map(({ path }) => path).sort());
  });

  it("repeats by curl itself where an agent fails, under the key of the first try", async () => {
    asked = [];
    failures = 3;
    const lines = first.split("\n");
    const repeating = lines.filter((line) => !line.startsWith("curl") || line.includes("--retry"));
    expect(repeating).toHaveLength(2);
    const [tried] = await tryBlock(repeating.join("\n"), folder);
    expect([tried?.came, failures, asked.length > 3]).toEqual(["200", 0, true]);
  });

  it("leaves the key readable by its owner alone, and the API key in no argument", () => {
    expect(request).toMatch(/^umask 077\n/);
    for (const block of blocksOf(page)) expect(block).not.toMatch(/^curl .*x-api-key/m);
  });

  it("is one page of A4 in print", () => {
    // 66 lines of 100 letters are what a page in 10 points holds; the marks of a block and a comment do not print.
    const printed = page
      .replaceAll(/^(<!--.*-->|```.*)\n/gm, "")
      .split("\n")
      .reduce((sum, line) => sum + Math.max(line === "" ? 0.5 : 1, Math.ceil(line.length / 100)), 0);
    expect(printed).toBeLessThanOrEqual(66);
  });

  it("names the client's own domains, another's settings give another page", () => {
    const agents = settings.agents.map((agent) =>
      agent.id === "chat-01" ? { ...agent, domain: "chat-09.staging.example.com" } : agent,
    );
    expect(onboarding({ ...settings, agents } as typeof settings, contract)).toContain(
      "https://chat-09.staging.example.com/chat",
    );
  });

  it("says what is missing where no client could be its example", () => {
    const none = settings.clients.filter(({ clientId }) => clientId === settings.prober.clientId);
    expect(() => onboarding({ ...settings, clients: none }, contract)).toThrow(/^clients: got none.*fix: /);
  });
});
