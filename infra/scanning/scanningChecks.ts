import { BlockList } from "node:net";
import type { Agent } from "../agents/agents.schema";
import type { Client, Tier } from "../clients/clients.schema";
import { parseCidr, type FirewallSettings } from "../firewall/firewall.schema";
import type { Problem } from "../shared/problem";
import { startsWithin } from "./cron";
import { SCANS, type ScanName, type ScanningSettings } from "./scanning.schema";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const LONGEST_MONTH_DAYS = 31;
/** One more than the longest that may pass without hearing of a scan, on either side of a month. */
const LOOKED_AT_DAYS = LONGEST_MONTH_DAYS + 2 * 9;
/** More often than twice an hour nothing is scanned. */
const MOST_RUNS = 2 * 24 * LOOKED_AT_DAYS;
/** Any month will do: fields of five have no year. */
const FROM_MS = Date.UTC(2027, 6, 1);
/** Of what the schedules can ask for, so that a scan can be begun by hand as often as by schedule, and no more. */
const MOST_QUOTA_TIMES = 2;

export interface ScanningGround {
  readonly scanning: ScanningSettings;
  readonly agents: readonly Agent[];
  readonly clients: readonly Client[];
  readonly tiers: Readonly<Record<string, Tier>>;
  readonly firewall: FirewallSettings;
}

/** How scans fit their client, the agents, the firewall and each other. */
export function checkScanning(ground: ScanningGround): Problem[] {
  return [
    ...checkClient(ground),
    ...checkAgents(ground),
    ...checkAddresses(ground),
    ...checkSchedules(ground.scanning),
  ];
}

interface Runs {
  readonly name: ScanName;
  readonly startsMs: readonly number[];
  readonly timeoutMs: number;
}

/** When each scan begins within {@link LOOKED_AT_DAYS}; undefined for a schedule that is none, or is too frequent. */
export function runsOf({ scans }: ScanningSettings): readonly (Runs | ScanName)[] {
  return SCANS.map((name) => {
    const { schedule, timeoutMinutes } = scans[name];
    const startsMs = startsWithin(schedule, FROM_MS, LOOKED_AT_DAYS) ?? [];
    if (startsMs.length < 2 || startsMs.length > MOST_RUNS) return name;
    return { name, startsMs, timeoutMs: timeoutMinutes * MINUTE_MS };
  });
}

const readable = (scanning: ScanningSettings): readonly Runs[] =>
  runsOf(scanning).filter((runs): runs is Runs => typeof runs !== "string");

/** The most that all scheduled runs of a calendar month can ask, each at the full rate until its time-out. */
export function monthlyScanRequests(scanning: ScanningSettings): number {
  const seconds = readable(scanning).map(({ startsMs, timeoutMs }) => {
    const inMonth = (first: number): number =>
      startsMs.filter((ms) => ms >= first && ms < first + LONGEST_MONTH_DAYS * DAY_MS).length;
    return Math.max(...startsMs.map(inMonth)) * (timeoutMs / 1_000);
  });
  return seconds.reduce((sum, each) => sum + each, 0) * scanning.requestsPerSecond;
}

function checkClient({ scanning, clients, tiers }: ScanningGround): Problem[] {
  const { clientId, requestsPerSecond } = scanning;
  const at = clients.findIndex((client) => client.clientId === clientId);
  const client = clients[at];
  if (client === undefined)
    return [
      {
        path: "scanning.clientId",
        got: `"${clientId}"`,
        allowed: `one of clients: ${clients.map((each) => each.clientId).join(", ")}`,
        fix: "correct the client id, or add the client to clients, with a quota of its own",
      },
    ];
  const problems: Problem[] = [];
  const needed = monthlyScanRequests(scanning);
  const quota = client.monthlyQuotaRequests;
  if (quota < needed || quota > MOST_QUOTA_TIMES * needed)
    problems.push({
      path: `clients[${at}].monthlyQuotaRequests`,
      got: `${quota} requests a month`,
      allowed: `${needed} to ${MOST_QUOTA_TIMES * needed}: what the schedules can ask in a month at scanning.requestsPerSecond ${requestsPerSecond}, and as much again by hand`,
      fix: "grant what the schedules need: with less a scan ends in refusals, with more one that runs wild is not stopped",
    });
  const tier = tiers[client.tier];
  if (tier !== undefined && requestsPerSecond >= tier.requestsPerSecond)
    problems.push({
      path: "scanning.requestsPerSecond",
      got: `${requestsPerSecond} requests a second`,
      allowed: `less than ${tier.requestsPerSecond}, the rate of tier ${client.tier}`,
      fix: "scan more slowly, or the gateway's 429s are all that is tested",
    });
  return problems;
}

/** Every HTTP route that is scanned is scanned at an agent that lets the scans' client in; nobody scans a live session. */
function checkAgents({ scanning, agents }: ScanningGround): Problem[] {
  const { clientId } = scanning;
  const http = agents.filter(({ protocol }) => protocol === "http");
  const paths = [...new Set(http.flatMap(({ configuration }) => configuration.routes as readonly string[]))];
  const lets = ({ configuration }: Agent): boolean => configuration.clients.includes(clientId);
  const unscanned = paths
    .filter((path) => !http.some((agent) => lets(agent) && agent.configuration.routes.includes(path)))
    .map((path) => ({
      path: "agents",
      got: `no agent of ${path} that lets ${clientId} in`,
      allowed: "at least one agent for each HTTP route: scans try every route of the contract",
      fix: `add ${clientId} to the configuration.clients of an agent of ${path}`,
    }));
  const sessions = agents.flatMap((agent, i) =>
    agent.protocol === "websocket" && lets(agent)
      ? [
          {
            path: `agents[${i}].configuration.clients`,
            got: `${clientId}, the scans' client`,
            allowed: "clients that hold sessions: scans know the HTTP routes only",
            fix: `take ${clientId} out`,
          },
        ]
      : [],
  );
  return [...unscanned, ...sessions];
}

/** A scan from an address that is blocked finds nothing but the block. */
function checkAddresses({ scanning, firewall }: ScanningGround): Problem[] {
  return scanning.egressAddresses.flatMap((own, i) => {
    const blocked = firewall.blockedAddresses.find((other) => overlap(own, other));
    return blocked === undefined
      ? []
      : [
          {
            path: `scanning.egressAddresses[${i}]`,
            got: `${own}, which firewall.blockedAddresses blocks by ${blocked}`,
            allowed: "addresses that are not blocked: the block list wins over every exemption",
            fix: "see who was blocked and why; then correct one of the two lists",
          },
        ];
  });
}

/** Two networks overlap when one holds the other's first address. */
function overlap(one: string, other: string): boolean {
  const holds = (network: string, { address, family }: ReturnType<typeof parseCidr>): boolean => {
    const list = new BlockList();
    const { address: base, prefix, family: own } = parseCidr(network);
    list.addSubnet(base, prefix, own);
    return own === family && list.check(address, family);
  };
  return holds(one, parseCidr(other)) || holds(other, parseCidr(one));
}

function checkSchedules(scanning: ScanningSettings): Problem[] {
  const unreadable = runsOf(scanning).flatMap((name): Problem[] =>
    typeof name === "string"
      ? [
          {
            path: `scanning.scans.${name}.schedule`,
            got: scanning.scans[name].schedule,
            allowed: "two runs in nine days at least, and one in half an hour at most",
            fix: 'write it as cron does, in UTC, e.g. "17 2 * * *"',
          },
        ]
      : [],
  );
  const runs = readable(scanning);
  return [...unreadable, ...checkMissing(scanning, runs), ...checkOverlap(runs)];
}

/** From the end of one run, however soon it ended, to the end of the next, however late. */
function checkMissing({ missingAfterHours }: ScanningSettings, runs: readonly Runs[]): Problem[] {
  return runs.flatMap(({ name, startsMs, timeoutMs }) => {
    const gaps = startsMs.slice(1).map((ms, i) => ms - (startsMs[i] ?? ms));
    const longestHours = (Math.max(...gaps) + timeoutMs) / HOUR_MS;
    return missingAfterHours >= longestHours
      ? []
      : [
          {
            path: "scanning.missingAfterHours",
            got: `${missingAfterHours} h`,
            allowed: `at least ${Math.ceil(longestHours * 10) / 10} h, the longest from one ${name} to the next with its time-out`,
            fix: "wait longer before somebody is told, or scan more often",
          },
        ];
  });
}

/** Together they may ask so much a second, and a run that shares the rate finds half as much. */
function checkOverlap(runs: readonly Runs[]): Problem[] {
  const all = runs
    .flatMap(({ name, startsMs, timeoutMs }) =>
      startsMs.map((startMs) => ({ name, startMs, endMs: startMs + timeoutMs })),
    )
    .sort((one, other) => one.startMs - other.startMs);
  const seen = new Set<string>();
  return all.slice(1).flatMap((run, i): Problem[] => {
    const before = all[i];
    if (before === undefined || run.startMs >= before.endMs || seen.has(run.name)) return [];
    seen.add(run.name);
    return [
      {
        path: `scanning.scans.${run.name}.schedule`,
        got: `a run at ${clock(run.startMs)}, while ${before.name} may run until ${clock(before.endMs)} (UTC)`,
        allowed: "a start after the time-out of the run before it: scans share one rate",
        fix: "begin later, or shorten the time-out",
      },
    ];
  });
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
