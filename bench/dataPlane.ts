/** `npm run bench:data-plane`: measures the edge beside Powertools' idempotency. See bench/README.md. */
import { CreateTableCommand, DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../cli/usageError";
import { createDynamoClient } from "../infra/functions/store/dynamoStore";
import { bundleAll, kilobytesOf, type Bundles } from "./bundles";
import {
  joined,
  loopbackEndpoint,
  seriesTable,
  targetsOf,
  type ColdStart,
  type Measurements,
} from "./dataPlaneRules";
import { percentiles } from "./latency";
import type { LoadPlan, LoadResult, SubjectPlan } from "./loadDriver";
import { killAll, lastWords, run } from "./processTree";
import { installRivals } from "./rivals";
import { buildStaging, unpackAll, type Archive } from "./stagingFunctions";
import { isMet, median, type Comparison } from "./statistics";
import { requestEvent, ticketEvent, type Setup } from "./subject";

const root = join(__dirname, "..");
const folder = join(root, "bench");
const COLD_STARTS = 11;
/**
 * A process is faster or slower at the same code as long as it lives, by some hundredths, however many rounds it runs:
 * by where its code came to lie. So the rounds are those of several.
 */
const PROCESSES = 4;
/** More than a process sends. */
const INDEXES_A_PROCESS = 1_000_000;

const help = `Measures the edge beside AWS Powertools' idempotency: the same agent in process, the same store.

Usage: npm run bench:data-plane -- [options]

      --quick           one short round, for a first look
      --rounds <n>      rounds through all of it; default 12
      --store <name>    stand-in (default) or embedded: see bench/README.md
      --endpoint <url>  a DynamoDB-compatible store that already runs on this machine, instead
      --no-write        leave bench/data-plane-results.json as it is
  -h, --help            show this

Exit status: 0 every target is met; 1 one is missed; 2 the benchmark could not be run.
`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const round = (value: number): number => Math.round(value * 1000) / 1000;

/** A client's counter is one item, so the clients share the load: each stays far below what one item carries. */
const clientIds = Array.from({ length: 32 }, (_, index) => `bench-client-${index + 1}`);

/** What every process of it sees of an environment: nobody's own account, region or configuration. */
function environment(): Record<string, string> {
  const nowhere = join(folder, ".cache", "no-such-file");
  return {
    PATH: process.env["PATH"] ?? "",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "example",
    AWS_SECRET_ACCESS_KEY: "example",
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_LAMBDA_FUNCTION_NAME: "bench",
  };
}

interface RunningStore {
  readonly endpoint: string;
  readonly name: string;
  stop(): Promise<void>;
}

const stores = {
  "stand-in": "stand-in: every request takes the same short time",
  embedded: "dynalite, embedded",
} as const;
type StoreName = keyof typeof stores;

/** It ends with this process, however that ends, since its input does. */
async function startStore(file: string, name: StoreName): Promise<RunningStore> {
  const child: ChildProcess = spawn(process.execPath, [file, name], {
    cwd: root,
    env: environment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("error", reject);
    child.once("close", (status) => reject(new Error(`the store ended with ${status} before it began`)));
  });
  const stop = (): Promise<void> => {
    child.stdin?.end();
    return ended;
  };
  return { endpoint, name: stores[name], stop };
}

/** @returns what takes them away again */
async function createTables(endpoint: string, names: readonly string[]): Promise<() => Promise<void>> {
  const client = createDynamoClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "example", secretAccessKey: "example" },
  });
  for (const TableName of names)
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
  return async () => {
    for (const TableName of names) await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
  };
}

function subjectsOf(bundles: Bundles, table: (name: string) => string): SubjectPlan[] {
  const chat = { path: "/chat", status: 200 } as const;
  return [
    {
      ...chat,
      name: "claims",
      bundle: bundles.edge,
      table: table("claims"),
      countsMonthly: true,
      claimsAlone: true,
    },
    { ...chat, name: "edge", bundle: bundles.edge, table: table("edge"), countsMonthly: true },
    {
      name: "edge, with lock",
      bundle: bundles.edge,
      table: table("edge-lock"),
      path: "/avatar",
      status: 202,
      countsMonthly: true,
      // The embedded store plays a transaction action by action: a queue of them says nothing about the edge.
      onlyOneAtATime: true,
    },
    {
      ...chat,
      name: "powertools, with count",
      bundle: bundles.powertools,
      table: table("powertools-count"),
      countsMonthly: true,
    },
    {
      ...chat,
      name: "powertools",
      bundle: bundles.powertools,
      table: table("powertools"),
      countsMonthly: false,
    },
  ];
}

async function runNode<T>(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<T> {
  const result = await run({
    file: process.execPath,
    args,
    cwd: root,
    env: { ...environment(), ...more },
    bareEnv: true,
  });
  if (result.status !== 0)
    throw new Error(`node ${args[0]} ended with ${result.status}\n${lastWords(result)}`);
  // Below what a function may have logged.
  return JSON.parse(result.stdout.trim().split("\n").at(-1) ?? "") as T;
}

/** One side after the other, each in a process that has done nothing before. */
async function measureColdStarts(
  endpoint: string,
  subjects: readonly SubjectPlan[],
  times: number,
): Promise<ColdStart[]> {
  const found = new Map(
    subjects.map(({ name }) => [
      name,
      { loadedMs: [] as number[], answeredMs: [] as number[], cpuMs: [] as number[] },
    ]),
  );
  for (let time = 0; time < times; time += 1)
    for (const { name, bundle, table, path, countsMonthly, status } of subjects) {
      const setup: Setup = { endpoint, table, countsMonthly, clientIds };
      // Beyond every index of the load.
      const event = requestEvent(path, clientIds[0] ?? "", 50_000_000 + time);
      const args = [join(folder, "coldStart.cjs"), bundle, JSON.stringify(event), JSON.stringify(setup)];
      const { loadedMs, answeredMs, cpuMs, statusCode } = await runNode<Record<string, number>>(args);
      if (loadedMs === undefined || answeredMs === undefined || cpuMs === undefined || statusCode !== status)
        throw new Error(`${name}: a fresh process answered ${statusCode}, not ${status}`);
      found.get(name)?.loadedMs.push(loadedMs);
      found.get(name)?.answeredMs.push(answeredMs);
      found.get(name)?.cpuMs.push(cpuMs);
    }
  return [...found].map(([name, times]) => ({ name, ...times }));
}

/**
 * The functions as the program deploys them: their sizes, and how long a fresh process takes to load each. The edge's
 * answers a request too: of the tickets, which it issues itself, so that no agent is needed. What the others answer
 * hangs on keys and connections.
 */
async function measureDeployed(
  endpoint: string,
  archives: readonly Archive[],
  times: number,
): Promise<Measurements["deployed"]> {
  const measured = archives.map(({ name, file }) => ({
    ...{ name, file, kilobytes: kilobytesOf(file) },
    ...{ loadedMs: [] as number[], answeredMs: [] as number[], cpuMs: [] as number[] },
  }));
  for (let time = 0; time < times; time += 1)
    for (const each of measured) {
      const event = each.name === "edge" ? [JSON.stringify(ticketEvent(time))] : [];
      const args = [join(folder, "coldStart.cjs"), each.file, ...event];
      const found = await runNode<Record<string, number>>(args, { AWS_ENDPOINT_URL: endpoint });
      if (event.length > 0 && found["statusCode"] !== 201)
        throw new Error(`${each.name} as deployed: a fresh process answered ${found["statusCode"]}, not 201`);
      each.loadedMs.push(found["loadedMs"] ?? Number.NaN);
      each.cpuMs.push(found["cpuMs"] ?? Number.NaN);
      if (found["answeredMs"] !== undefined) each.answeredMs.push(found["answeredMs"]);
    }
  return measured.map(({ name, kilobytes, loadedMs, answeredMs, cpuMs }) => ({
    ...{ name, kilobytes, loadedMs, answeredMs, cpuMs },
  }));
}

async function measureAll(
  store: RunningStore,
  bundles: Bundles,
  unpack: (table: string) => readonly Archive[],
  plan: Pick<LoadPlan, "rounds" | "levels" | "warmUps"> & { readonly coldStarts: number },
): Promise<Measurements> {
  const { coldStarts, ...load } = plan;
  const prefix = `bench-${process.pid}-`;
  const subjects = subjectsOf(bundles, (name) => prefix + name);
  const deployedTable = `${prefix}deployed`;
  const drop = await createTables(store.endpoint, [...subjects.map(({ table }) => table), deployedTable]);
  try {
    say("Cold starts …");
    const cold = await measureColdStarts(
      store.endpoint,
      // The claims are the edge's bundle once more.
      subjects.filter(({ claimsAlone }) => claimsAlone !== true),
      coldStarts,
    );
    const deployed = await measureDeployed(store.endpoint, unpack(deployedTable), coldStarts);
    say(`Load: ${load.rounds} rounds …`);
    const parts: LoadResult["series"][] = [];
    for (let firstRound = 0; firstRound < load.rounds;) {
      const rounds = Math.ceil((load.rounds - firstRound) / (PROCESSES - parts.length));
      const loadPlan: LoadPlan = {
        ...{ ...load, rounds, firstRound, firstIndex: parts.length * INDEXES_A_PROCESS },
        ...{ endpoint: store.endpoint, clientIds, subjects },
      };
      const { series } = await runNode<LoadResult>([bundles.driver, JSON.stringify(loadPlan)]);
      parts.push(series);
      firstRound += rounds;
      say(`${firstRound} of ${load.rounds} rounds`);
    }
    const series = joined(parts);
    const sizes = { edge: kilobytesOf(bundles.edge), powertools: kilobytesOf(bundles.powertools) };
    return { series, cold, deployed, sizes };
  } finally {
    await drop();
  }
}

function print(measured: Measurements, comparisons: readonly Comparison[]): void {
  const lines = [...seriesTable(measured), ""];
  for (const comparison of comparisons) {
    const { what, value, unit, target, direction } = comparison;
    lines.push(
      `${isMet(comparison) ? "✓" : "✗"} ${value.toFixed(2)} ${unit}  ${what} (${direction} ${target} ${unit})`,
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Without names of hosts or paths. */
function machine(store: string): Readonly<Record<string, string | number>> {
  const versionOf = (name: string): string => {
    const file = join(folder, "node_modules", name, "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  };
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    store,
    powertools: versionOf("@aws-lambda-powertools/idempotency"),
    sdk: versionOf("@aws-sdk/client-dynamodb"),
  };
}

const options = {
  quick: { type: "boolean" },
  rounds: { type: "string" },
  store: { type: "string" },
  endpoint: { type: "string" },
  "no-write": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(`${error.message}; fix: see npm run bench:data-plane -- --help`);
    throw error;
  }
}

async function bench(argv: readonly string[]): Promise<number> {
  const values = parse(argv);
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const rounds = values.quick ? 1 : Number(values.rounds ?? 12);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds: got ${values.rounds}; allowed: a whole number from 1; fix: --rounds 12`);
  const storeName = values.store ?? "stand-in";
  if (storeName !== "stand-in" && storeName !== "embedded")
    throw new UsageError(
      `--store: got ${storeName}; allowed: ${Object.keys(stores).join(", ")}; fix: leave it out`,
    );
  const endpoint = values.endpoint === undefined ? undefined : loopbackEndpoint(values.endpoint);
  await installRivals();

  const loadBefore = loadavg()[0] ?? 0;
  // Below the rivals' packages, so that what is bundled without its packages finds them.
  mkdirSync(join(folder, ".cache"), { recursive: true });
  const scratch = mkdtempSync(join(folder, ".cache", "data-plane-"));
  let store: RunningStore | undefined;
  const interrupted = (status: number) => (): void => {
    killAll();
    rmSync(scratch, { recursive: true, force: true });
    process.exit(status);
  };
  process.once("SIGINT", interrupted(130));
  process.once("SIGTERM", interrupted(143));
  try {
    const staging = await buildStaging(root);
    const bundles = await bundleAll(scratch, staging);
    store =
      endpoint === undefined
        ? await startStore(bundles.store, storeName)
        : { endpoint, name: "a store named by --endpoint", stop: () => Promise.resolve() };
    const requests = values.quick ? 60 : 150;
    const measured = await measureAll(store, bundles, (table) => unpackAll(staging, scratch, table), {
      rounds,
      levels: [1, 4, 16].map((atOnce) => ({ atOnce, requests })),
      warmUps: 150,
      coldStarts: values.quick ? 3 : COLD_STARTS,
    });
    const comparisons = targetsOf(measured);
    print(measured, comparisons);
    if (!values["no-write"]) write(measured, comparisons, { store: store.name, loadBefore });
    return comparisons.every(isMet) ? 0 : 1;
  } finally {
    killAll();
    await store?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function write(
  { series, cold, deployed, sizes }: Measurements,
  comparisons: readonly Comparison[],
  about: { readonly store: string; readonly loadBefore: number },
): void {
  const rounded = (value: object): object =>
    Object.fromEntries(
      Object.entries(value).map(([key, entry]: [string, unknown]) => [
        key,
        typeof entry === "number" ? round(entry) : entry,
      ]),
    );
  const content = {
    measuredOn: new Date().toISOString().slice(0, 10),
    machine: machine(about.store),
    loadBefore: round(about.loadBefore),
    results: series.map(
      ({ subject, kind, atOnce, ms, perSecond, ownMs, edgeMs, roundTrips, operations }) => ({
        ...{ subject, kind, atOnce },
        ms: rounded(percentiles(ms)),
        perSecond: round(median(perSecond)),
        ...(ownMs.length === 0
          ? {}
          : { besideTheWireMs: rounded(percentiles(ownMs)), roundTrips, operations: operations.join(", ") }),
        ...(edgeMs.length === 0 ? {} : { edgeLatencyMs: rounded(percentiles(edgeMs)) }),
      }),
    ),
    bundleKilobytes: rounded(sizes),
    coldStarts: cold.map(({ name, loadedMs, answeredMs, cpuMs }) => ({
      name,
      loadedMs: rounded(percentiles(loadedMs)),
      answeredMs: rounded(percentiles(answeredMs)),
      cpuMs: rounded(percentiles(cpuMs)),
    })),
    deployed: deployed.map(({ name, kilobytes, loadedMs, answeredMs, cpuMs }) => ({
      name,
      kilobytes: round(kilobytes),
      loadedMs: rounded(percentiles(loadedMs)),
      ...(answeredMs.length === 0 ? {} : { answeredMs: rounded(percentiles(answeredMs)) }),
      cpuMs: rounded(percentiles(cpuMs)),
    })),
    comparisons: comparisons.map((comparison) => ({
      ...comparison,
      value: round(comparison.value),
      met: isMet(comparison),
    })),
  };
  writeFileSync(join(folder, "data-plane-results.json"), `${JSON.stringify(content, undefined, 2)}\n`);
}

bench(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
