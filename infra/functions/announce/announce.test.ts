import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, describe, expect, it } from "vitest";
import { readFilterPattern } from "../../observability/logMetrics/testSupport/filterPattern";
import { changeEventsUrl } from "../../observability/pager/pagerRules";
import { FINISHED_ROTATION } from "../../observability/announcements/finishedRotation";
import type { Timing } from "../edge/upstream/timing";
import { createLog } from "../log/log";
import { NothingAnnounced } from "./announce";
import { readEvent } from "./announcements";
import type { AnnounceConfiguration } from "./configuration";
import { deliver, postJson, retryOptions, type Post } from "./post";
import { wireAnnounce } from "./wiring";

const PREFIX = "fase-b-staging";
const KEY = "R0123456789ABCDEFGHIJKLMNOPQRSTU";
const TOKEN = "glsa_example_token";
const GRAFANA = "https://grafana.staging.example.com";
// An account of the European region: nothing else of it would be taken there.
const CHANGE_EVENTS_URL = changeEventsUrl("example.eu.pagerduty.com");
const configuration: AnnounceConfiguration = {
  namePrefix: PREFIX,
  memoryLimitMb: 256,
  clientIds: [],
  agentIds: [],
  grafanaUrl: GRAFANA,
  changeEventsUrl: CHANGE_EVENTS_URL,
  dashboardUrl: `${GRAFANA}/d/${PREFIX}-overview`,
  grafanaTokenSecretName: `${PREFIX}/grafana/token`,
  pagerKeySecretName: `${PREFIX}/pagerduty/integration-key`,
  rotatedSecrets: [`${PREFIX}/grafana/token`],
};
const startMs = Date.UTC(2026, 10, 26, 12);
const DIGEST = "ab".repeat(32);
const deployment = { kind: "deployment", digest: DIGEST };

/** As the log itself writes the line of a rotation's step. */
function lineOf(step: "finishSecret" | "setSecret" | "replace", outcome: "done" | "unneeded"): string {
  let written = "";
  const log = createLog({
    functionName: step === "replace" ? "rotate-stage-certificate" : "rotate-grafana-token",
    namePrefix: PREFIX,
    memoryLimitMb: 256,
    clientIds: [],
    agentIds: [],
    secretNames: [`${PREFIX}/grafana/token`],
    write: (line) => (written = line),
  });
  const line = log.begin();
  line.set({
    step,
    outcome,
    ...(step === "replace" ? {} : { secret: log.secret(`${PREFIX}/grafana/token`) }),
  });
  line.end();
  return written;
}

let lines = 0;
const batchOf = (...messages: string[]) =>
  batch(messages.map((message) => ({ message, id: `${(lines += 1)}` })));
const batch = (
  events: readonly { readonly message: string; readonly id: string }[],
  messageType = "DATA_MESSAGE",
) => ({
  awslogs: {
    data: gzipSync(
      JSON.stringify({
        messageType,
        owner: "123456789012",
        logGroup: `/aws/lambda/${PREFIX}-rotate-grafana-token`,
        logEvents: events.map((event) => ({ ...event, timestamp: startMs - 60_000 })),
      }),
    ).toString("base64"),
  },
});

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

function start({
  answers = {},
  secrets = {},
  remainingMs = 30_000,
}: {
  /** By part of the URL; the last one holds. A number is a status, a text an error. */
  readonly answers?: Readonly<Record<string, (number | string)[]>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly remainingMs?: number;
} = {}) {
  const sent: Sent[] = [];
  const written: string[] = [];
  const waits: number[] = [];
  let nowMs = startMs;
  const timing: Timing = {
    nowMs: () => nowMs,
    sleep: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    random: () => 0.5,
  };
  const post: Post = (url, headers, body) => {
    sent.push({ url, headers, body: body as Record<string, unknown> });
    const all = Object.entries(answers).find(([part]) => url.includes(part))?.[1] ?? [202];
    const answer = all.length > 1 ? all.shift() : all[0];
    return typeof answer === "number"
      ? Promise.resolve(answer)
      : Promise.reject(Object.assign(new Error(`secret ${KEY} ${TOKEN}`), { code: answer }));
  };
  const values: Readonly<Record<string, string>> = {
    [configuration.pagerKeySecretName]: JSON.stringify({ integrationKey: KEY }),
    [configuration.grafanaTokenSecretName]: JSON.stringify({ tokenId: 1, token: TOKEN }),
    ...secrets,
  };
  const handler = wireAnnounce(configuration, {
    post,
    timing,
    write: (line) => written.push(line),
    secretsManager: {
      send: ({ input }: GetSecretValueCommand) =>
        Promise.resolve({ SecretString: values[input.SecretId ?? ""] }),
    } as unknown as SecretsManagerClient,
  });
  const call = (event: unknown) =>
    handler(event, {
      awsRequestId: "6f1c3a52-0c1e-4f0c-9d43-8d1f0a8e2b77",
      getRemainingTimeInMillis: () => remainingMs,
    });
  const logged = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { call, sent, written, logged, waits };
}

const to = (sent: readonly Sent[], part: string): Sent[] => sent.filter(({ url }) => url.includes(part));

describe("a deployment", () => {
  it("is one change event and one annotation, with a link to the dashboard", async () => {
    const { call, sent } = start();
    expect(await call(deployment)).toEqual({ announcements: 1, pager: 1, grafana: 1 });
    expect(CHANGE_EVENTS_URL).toBe("https://events.eu.pagerduty.com/v2/change/enqueue");
    expect(to(sent, "pagerduty")).toEqual([
      {
        url: CHANGE_EVENTS_URL,
        headers: {},
        body: {
          routing_key: KEY,
          payload: {
            summary: "Deployment of fase-b-staging, abababababab",
            source: PREFIX,
            timestamp: "2026-11-26T12:00:00.000Z",
            custom_details: { kind: "deployment", digest: DIGEST },
          },
          links: [{ href: `${GRAFANA}/d/fase-b-staging-overview`, text: "Dashboard" }],
        },
      },
    ]);
    expect(to(sent, "grafana")).toEqual([
      {
        url: `${GRAFANA}/api/annotations`,
        headers: { authorization: `Bearer ${TOKEN}` },
        body: {
          time: startMs,
          tags: [PREFIX, "deployment"],
          text: "Deployment of fase-b-staging, abababababab",
        },
      },
    ]);
  });

  it("does not fail the update that it is about, whoever is away", async () => {
    const { call } = start({ answers: { pagerduty: ["ECONNREFUSED"], grafana: [500] } });
    expect(await call(deployment)).toEqual({ announcements: 1, pager: 0, grafana: 0 });
  });
});

describe("a rotation", () => {
  it("is announced by the line with which it is over, at its own time, by the secret's name", async () => {
    const { call, sent } = start();
    const steps = [
      lineOf("setSecret", "done"),
      lineOf("finishSecret", "done"),
      lineOf("finishSecret", "unneeded"),
    ];
    expect(await call(batchOf(...steps))).toEqual({ announcements: 1, pager: 1, grafana: 1 });
    expect(to(sent, "grafana")[0]?.body).toEqual({
      time: startMs - 60_000,
      tags: [PREFIX, "rotation"],
      text: "Rotation on fase-b-staging: fase-b-staging/grafana/token has a new value",
    });
    expect(to(sent, "pagerduty")[0]?.body["payload"]).toMatchObject({
      timestamp: "2026-11-26T11:59:00.000Z",
      custom_details: {
        kind: "rotation",
        function: "rotate-grafana-token",
        secret: "fase-b-staging/grafana/token",
      },
    });
  });

  it("of the stage's certificate has no secret to name", async () => {
    const { call, sent } = start();
    await call(batchOf(lineOf("replace", "done")));
    expect(to(sent, "grafana")[0]?.body["text"]).toBe(
      "Rotation on fase-b-staging: rotate-stage-certificate has finished",
    );
  });

  it("that arrives twice is announced once by the instance that knows it", async () => {
    const { call, sent } = start();
    const event = batchOf(lineOf("finishSecret", "done"));
    await call(event);
    expect(await call(event)).toEqual({ announcements: 0, pager: 0, grafana: 0 });
    expect(sent).toHaveLength(2);
  });

  it("that reached nobody is thrown, so that it comes again, and is announced then", async () => {
    const { call, sent } = start({ answers: { pagerduty: [400, 202], grafana: [401, 200] } });
    const event = batchOf(lineOf("finishSecret", "done"));
    await expect(call(event)).rejects.toThrow(NothingAnnounced);
    expect(await call(event)).toEqual({ announcements: 1, pager: 1, grafana: 1 });
    expect(sent).toHaveLength(4);
  });

  it("that reached one of the two is not thrown: a further call would tell that one again", async () => {
    const { call } = start({ answers: { pagerduty: [400] } });
    expect(await call(batchOf(lineOf("finishSecret", "done")))).toEqual({
      announcements: 1,
      pager: 0,
      grafana: 1,
    });
  });

  it("is what the subscription's pattern lets through, and no other line", () => {
    const { matches } = readFilterPattern(FINISHED_ROTATION);
    const passes = (line: string): boolean => matches(line, { absentDiffers: true });
    expect(passes(lineOf("finishSecret", "done"))).toBe(true);
    expect(passes(lineOf("replace", "done"))).toBe(true);
    for (const line of [
      lineOf("setSecret", "done"),
      lineOf("finishSecret", "unneeded"),
      "START RequestId",
      "{}",
    ])
      expect([line, passes(line)]).toEqual([line, false]);
  });
});

describe("each of the two", () => {
  it("is tried again with jitter where it may take it the next time, without the other waiting", async () => {
    const { call, sent, waits, logged } = start({ answers: { pagerduty: ["ECONNRESET", 503, 429, 202] } });
    expect(await call(deployment)).toMatchObject({ pager: 1, grafana: 1 });
    expect([to(sent, "pagerduty").length, to(sent, "grafana").length]).toEqual([4, 1]);
    expect(waits).toEqual([250, 500, 1_000]);
    expect(logged().map(({ secret, outcome, attempts }) => [secret, outcome, attempts])).toEqual([
      ["fase-b-staging/grafana/token", "done", 1],
      ["fase-b-staging/pagerduty/integration-key", "done", 4],
    ]);
  });

  it("is given up at a refusal for good, and says its status", async () => {
    const { call, sent, logged } = start({ answers: { grafana: [403] } });
    await call(deployment);
    expect(to(sent, "grafana")).toHaveLength(1);
    expect(logged()).toContainEqual(
      expect.objectContaining({ outcome: "upstream-failed", upstreamStatus: 403, attempts: 1, Faults: 1 }),
    );
  });

  it("ends within the function's time, however often it is refused", async () => {
    const { call, waits } = start({ answers: { pagerduty: [503] }, remainingMs: 2_500 });
    await call(deployment);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1_500);
    const { waits: longer } = start();
    expect(longer).toEqual([]);
    expect(await deliver(() => Promise.resolve(202), clockAt(startMs), startMs)).toEqual({
      delivered: false,
      tries: 0,
    });
  });

  it.each([
    ["no object", "no json"],
    ["an object without the field", "{}"],
    ["nothing", ""],
  ])("does without a secret that is %s, and the other is told", async (_, text) => {
    const { call, sent, written } = start({ secrets: { [configuration.grafanaTokenSecretName]: text } });
    expect(await call(deployment)).toMatchObject({ pager: 1, grafana: 0 });
    expect(to(sent, "grafana")).toEqual([]);
    expect(written.join()).toContain('"errorClass":"RotationProblem"');
  });

  it("is opened by the pager's key alone as well", async () => {
    const { call, sent } = start({ secrets: { [configuration.pagerKeySecretName]: KEY } });
    await call(deployment);
    expect(to(sent, "pagerduty")[0]?.body["routing_key"]).toBe(KEY);
  });
});

const clockAt = (nowMs: number): Timing => ({
  nowMs: () => nowMs,
  sleep: () => Promise.resolve(),
  random: () => 0,
});

describe("no secret and nothing of an event", () => {
  it("is in a log or in what is thrown", async () => {
    const { call, written } = start({ answers: { pagerduty: ["ECONNREFUSED"], grafana: ["ECONNREFUSED"] } });
    const planted = "planted-by-a-stranger";
    const thrown: unknown[] = [];
    for (const event of [
      batchOf(lineOf("finishSecret", "done")),
      { kind: "deployment", digest: planted },
      { awslogs: { data: planted } },
      batchOf(
        planted,
        JSON.stringify({ step: "finishSecret", outcome: "done", functionName: planted, secret: planted }),
      ),
    ])
      await call(event).catch((error: unknown) => thrown.push(error));
    const seen =
      written.join() + thrown.map((error) => String(error) + String((error as Error).stack)).join();
    for (const text of [KEY, TOKEN, planted]) expect(seen).not.toContain(text);
    expect(thrown.length).toBeGreaterThanOrEqual(3);
  });

  it("is passed on: a name that is no secret of ours is not said", async () => {
    const { call, sent } = start();
    const line = JSON.parse(lineOf("finishSecret", "done")) as Record<string, unknown>;
    await call(batchOf(JSON.stringify({ ...line, secret: "ana@example.com", secretVersion: "<script>" })));
    expect(JSON.stringify(sent)).not.toMatch(/ana@example|script/);
    expect(to(sent, "grafana")[0]?.body["text"]).toBe(
      "Rotation on fase-b-staging: rotate-grafana-token has finished",
    );
  });
});

describe("an event", () => {
  const any = (name: unknown): name is string => typeof name === "string";
  it.each([
    ["null", null],
    ["a text", "deployment"],
    ["another kind", { kind: "rollback", digest: DIGEST }],
    ["a digest of another form", { kind: "deployment", digest: "latest" }],
    ["no base64 of gzip", { awslogs: { data: "bm8=" } }],
    ["a batch of no JSON", { awslogs: { data: gzipSync("no").toString("base64") } }],
    ["another message", batch([], "OTHER")],
    [
      "a batch that unpacks to more than a log sends",
      { awslogs: { data: gzipSync(Buffer.alloc(9_000_000)).toString("base64") } },
    ],
  ])("that is %s is refused", (_, event) => {
    expect(readEvent(event, any)).toBeUndefined();
  });

  it("by which the service tries whether somebody listens announces nothing", () => {
    expect(readEvent(batch([], "CONTROL_MESSAGE"), any)).toEqual([]);
  });
});

describe("over the network", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it("JSON is sent, a redirect is not followed, and a silent end is given up in time", async () => {
    const seen: string[] = [];
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => (body += part));
      request.on("end", () => {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
        if (request.url === "/moved") response.writeHead(307, { location: "/elsewhere" }).end();
        else if (request.url !== "/silent") response.writeHead(202).end("{}");
      });
    });
    await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await postJson(`${base}/taken`, { authorization: "Bearer x" }, { a: 1 }, 1_000)).toBe(202);
    await expect(postJson(`${base}/moved`, {}, {}, 1_000)).rejects.toThrow();
    await expect(postJson(`${base}/silent`, {}, {}, 100)).rejects.toThrow();
    expect(seen[0]).toBe('POST /taken Bearer x {"a":1}');
    expect(seen.filter((line) => line.includes("elsewhere"))).toEqual([]);
    expect(retryOptions.tryTimeoutMs * 2).toBeLessThan(10_000);
  });
});
