import { Agent, request } from "node:https";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authority, type CertificateAndKey } from "../authority/authority";
import { changed, healthy } from "./behaviour";
import { StubAgent } from "./stubAgents";

let authority: Authority;
let certificate: CertificateAndKey;
let stub: StubAgent;
let agent: Agent;

beforeAll(async () => {
  authority = await Authority.create({ organization: "Fase B", rootDays: 2, issuerDays: 2 });
  certificate = await authority.server({ ipAddresses: ["127.0.0.1"] });
});
beforeEach(async () => {
  stub = await StubAgent.start("chat-01", certificate, { random: () => 0.5 });
  agent = new Agent({ ca: authority.rootPem, keepAlive: true });
});
afterEach(() => {
  agent.destroy();
  stub.close();
});

const call = (key: string, body = "{}"): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(`${stub.url}/chat`),
      { agent, method: "POST", headers: { "idempotency-key": key } },
      (incoming) => {
        let text = "";
        incoming.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
        incoming.once("end", () => resolve({ status: incoming.statusCode ?? 0, body: text }));
        incoming.once("error", reject);
      },
    );
    outgoing.once("error", reject);
    outgoing.end(body);
  });

describe("a stub agent", () => {
  it("does once what comes twice under a key, and refuses another payload", async () => {
    const first = await call("a");
    expect(await call("a")).toEqual(first);
    expect((await call("a", '{"other":true}')).status).toBe(422);
    expect((await call("b")).body).not.toBe(first.body);
    expect(stub.counted).toMatchObject({ requests: 4, effects: 2, repeats: 2 });
  });

  it("fails as it is told, and is well again", async () => {
    stub.change({ fail: "100%" });
    expect((await call("a")).status).toBe(500);
    expect(stub.counted.effects).toBe(0);
    stub.change({ how: "lost" });
    await expect(call("a")).rejects.toThrow();
    expect(stub.counted.effects).toBe(1);
    stub.change({ how: "outage" });
    await expect(call("a")).rejects.toThrow();
    stub.heal();
    expect((await call("a")).status).toBe(200);
    expect(stub.counted).toMatchObject({ effects: 1, repeats: 1 });
  });
});

describe("what a stub is told", () => {
  it("changes what it names", () => {
    expect(changed(healthy, { latency: "10-20" })).toEqual({ ...healthy, latencyMs: [10, 20] });
    expect(changed(healthy, { how: "silence" })).toMatchObject({ failPercent: 100, failure: "silence" });
    expect(changed(healthy, { how: "silence", fail: "5" })).toMatchObject({ failPercent: 5 });
  });

  it.each([
    { latency: "20-10" },
    { latency: "x" },
    { latency: "999999" },
    { fail: "101%" },
    { fail: "-1" },
    { how: "slow" },
  ])("is refused when it is %j", (texts) =>
    expect(() => changed(healthy, texts)).toThrow(/got .*; allowed: .*; fix: write --/),
  );
});
