import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  refusal,
  startAwsDouble,
  withoutSession,
  withoutWaits,
  type AwsDouble,
  type ServiceReply,
  type ServiceRequest,
} from "./awsDouble";
import { CloudWatchLogs } from "./logs";

const GROUP = "/aws/lambda/fase-b-staging-edge";
const window = { fromMs: 1_000, toMs: 3_000 };
const sampling = { slices: 2, linesOfSlice: 3 };

let double: AwsDouble | undefined;
let client: CloudWatchLogsClient | undefined;
let lines: string[];
beforeEach(() => {
  lines = [];
  withoutWaits();
});
afterEach(async () => {
  client?.destroy();
  await double?.close();
  [client, double] = [undefined, undefined];
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function logsOf(
  answer: (request: ServiceRequest, index: number) => ServiceReply,
  signal?: AbortSignal,
): Promise<{ readonly logs: CloudWatchLogs; readonly double: AwsDouble }> {
  double = await startAwsDouble(answer);
  client = new CloudWatchLogsClient(double.client);
  return { logs: new CloudWatchLogs(client, signal), double };
}
const events = (messages: readonly string[], nextToken?: string): ServiceReply => ({
  body: {
    events: messages.map((message, index) => ({
      eventId: String(index),
      logStreamName: "2026/11/26/[1]a",
      timestamp: 1_000 + index,
      ingestionTime: 2_000,
      message,
    })),
    searchedLogStreams: [],
    ...(nextToken === undefined ? {} : { nextToken }),
  },
});
const sample = (logs: CloudWatchLogs) => logs.sample(GROUP, window, sampling, (line) => lines.push(line));

describe("a log's lines", () => {
  it("are read from the start of each part of the window, no more than wanted, and no line twice", async () => {
    const { logs, double } = await logsOf(({ input }) =>
      events(
        Array.from({ length: Number(input["limit"]) }, (_, at) => `${String(input["startTime"])}/${at}`),
        "more",
      ),
    );
    const answer = await sample(logs);
    expect(answer).toMatchObject({ known: true, value: { lines: 6 } });
    expect(lines).toEqual(["1000/0", "1000/1", "1000/2", "2000/0", "2000/1", "2000/2"]);
    expect(double.requests.map(({ operation, input }) => [operation, input])).toEqual([
      ["FilterLogEvents", { logGroupName: GROUP, startTime: 1_000, endTime: 1_999, limit: 3 }],
      ["FilterLogEvents", { logGroupName: GROUP, startTime: 2_000, endTime: 2_999, limit: 3 }],
    ]);
    expect(answer.asked).toEqual([
      {
        system: "logs",
        asked: `the first 3 lines of ${GROUP} in each of 2 parts of 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:03.000Z`,
      },
    ]);
  });

  it("are looked for on the pages that follow, empty or not, with what is still wanted", async () => {
    const pages = [events([], "a"), events(["one"], "b"), events(["two"]), events([])];
    const { logs, double } = await logsOf((_, index) => pages[index] ?? {});
    expect(await sample(logs)).toMatchObject({ known: true, value: { lines: 2 } });
    expect(lines).toEqual(["one", "two"]);
    expect(double.requests.map(({ input }) => [input["nextToken"], input["limit"]])).toEqual([
      [undefined, 3],
      ["a", 3],
      ["b", 2],
      [undefined, 3],
    ]);
  });

  it("are asked for again where the service was too busy, and none is given twice", async () => {
    const pages = [
      refusal("ThrottlingException"),
      events(["one"], "a"),
      refusal("ThrottlingException"),
      events(["two"]),
    ];
    const { logs } = await logsOf((_, index) => pages[index] ?? events([]));
    expect(await sample(logs)).toMatchObject({ known: true, value: { lines: 2 } });
    expect(lines).toEqual(["one", "two"]);
  });

  it("are unknown where pages never end", async () => {
    const { logs, double } = await logsOf(() => events([], "again"));
    expect(await sample(logs)).toMatchObject({
      known: false,
      because: `${GROUP} had more than 50 pages without an end`,
    });
    expect(double.requests).toHaveLength(50);
  });

  it.each<[string, ServiceReply, string]>([
    ["there is no such log", refusal("ResourceNotFoundException"), "ResourceNotFoundException"],
    ["the service stays too busy", refusal("ThrottlingException"), "ThrottlingException"],
    ["the service is away", refusal("ServiceUnavailableException", 503), "ServiceUnavailableException"],
    ["the answer is no JSON", { body: "jane.doe@example.com" }, "SyntaxError"],
  ])("are unknown where %s, which is no log without lines", async (_, reply, name) => {
    const { logs } = await logsOf(() => reply);
    const answer = await sample(logs);
    expect(answer).toMatchObject({
      known: false,
      because: expect.stringMatching(`^logs gave no answer to logs:FilterLogEvents: ${name}`) as string,
    });
    // A vendor's message may carry anything.
    expect(JSON.stringify(answer)).not.toContain("jane.doe");
  });

  it("are refused to who may not read them, with the right that is missing", async () => {
    const { logs, double } = await logsOf(() => refusal("AccessDeniedException"));
    await expect(sample(logs)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(
        /^logs:FilterLogEvents: got a refusal; allowed: .*; fix: give/,
      ) as string,
    });
    expect(double.requests).toHaveLength(1);
  });

  it("are not asked for without a session", async () => {
    withoutSession();
    double = await startAwsDouble(() => events([]));
    const { endpoint, region } = double.client;
    client = new CloudWatchLogsClient({ endpoint, region });
    await expect(sample(new CloudWatchLogs(client))).rejects.toThrow(
      /^credentials of AWS: got CredentialsProviderError; allowed: .*; fix: sign in/,
    );
    expect(double.requests).toEqual([]);
  });

  it("are given up with who has given up, and are not unknown then", async () => {
    const giveUp = new AbortController();
    const { logs, double } = await logsOf(() => {
      giveUp.abort();
      return events([], "more");
    }, giveUp.signal);
    await expect(sample(logs)).rejects.toMatchObject({ name: "AbortError" });
    await expect(logs.isMasked(GROUP)).rejects.toMatchObject({ name: "AbortError" });
    expect(double.requests).toHaveLength(1);
  });
});

describe("a log's masking", () => {
  const statement = (operation: object) => ({ Sid: "s", DataIdentifier: ["a"], Operation: operation });
  const audit = statement({ Audit: { FindingsDestination: { CloudWatchLogs: { LogGroup: "g" } } } });
  const mask = statement({ Deidentify: { MaskConfig: {} } });
  const policy = (...statements: readonly object[]): ServiceReply => ({
    body: {
      logGroupIdentifier: GROUP,
      policyDocument: JSON.stringify({ Name: "n", Version: "2021-06-01", Statement: statements }),
    },
  });

  it.each<[string, ServiceReply, boolean]>([
    ["masks and reports", policy(audit, mask), true],
    ["reports what it leaves in clear", policy(audit), false],
    ["masks without telling anybody", policy(statement({ Audit: {} }), mask), false],
    ["is not there", { body: { logGroupIdentifier: GROUP } }, false],
  ])("that %s", async (_, reply, masked) => {
    const { logs, double } = await logsOf(() => reply);
    expect(await logs.isMasked(GROUP)).toMatchObject({ known: true, value: masked });
    expect(double.requests.map(({ operation, input }) => [operation, input])).toEqual([
      ["GetDataProtectionPolicy", { logGroupIdentifier: GROUP }],
    ]);
  });

  it("is unknown where the service gives no answer, and has a right of its own", async () => {
    const replies = [refusal("ResourceNotFoundException"), refusal("AccessDeniedException")];
    const { logs } = await logsOf((_, index) => replies[index] ?? {});
    expect(await logs.isMasked(GROUP)).toMatchObject({
      known: false,
      because: "logs gave no answer to logs:GetDataProtectionPolicy: ResourceNotFoundException",
    });
    await expect(logs.isMasked(GROUP)).rejects.toThrow(/^logs:GetDataProtectionPolicy: got a refusal/);
  });
});
