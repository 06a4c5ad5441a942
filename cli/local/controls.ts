import { parseArgs } from "node:util";
import type { StubAgent } from "./agents/stubAgents";
import { LocalError } from "./errors";
import type { Instances } from "./instances";
import { controlHelp } from "./options";

/** What runs and can be changed while it does. */
export interface Controlled {
  readonly agents: readonly StubAgent[];
  readonly instances: Instances;
  /** Start of the functions' names: `fase-b-staging-`. */
  readonly functionPrefix: string;
}

/**
 * Does what one line says, typed at the terminal or sent by another process.
 *
 * @returns what to show
 * @throws LocalError for what it does not understand; nothing has changed then
 */
export function control(words: readonly string[], controlled: Controlled): string {
  const [verb, ...rest] = words;
  switch (verb) {
    case "agents":
      return agentsTable(controlled.agents);
    case "agent":
      return changeAgent(rest, controlled);
    case "instances":
      return instancesTable(controlled);
    case "kill":
      return kill(rest, controlled);
    case "help":
      return controlHelp;
    default:
      throw new LocalError({
        what: "a command",
        got: JSON.stringify(verb ?? ""),
        allowed: "agents, agent, instances, kill, help",
        fix: "write help",
      });
  }
}

const agentOptions = {
  latency: { type: "string" },
  fail: { type: "string" },
  how: { type: "string" },
  heal: { type: "boolean" },
  reset: { type: "boolean" },
} as const;

function changeAgent(words: readonly string[], { agents }: Controlled): string {
  const { values, positionals } = parsedOrRefused(words);
  const [id = "", ...more] = positionals;
  const chosen = agents.filter((agent) => id === "all" || agent.id === id);
  if (chosen.length === 0 || more.length > 0)
    throw new LocalError({
      what: "agent",
      got: JSON.stringify(positionals.join(" ")),
      allowed: `all, ${agents.map((agent) => agent.id).join(", ")}`,
      fix: "name one",
    });
  const { latency, fail, how, heal, reset } = values;
  for (const agent of chosen) {
    if (heal) agent.heal();
    agent.change({
      ...(latency === undefined ? {} : { latency }),
      ...(fail === undefined ? {} : { fail }),
      ...(how === undefined ? {} : { how }),
    });
    if (reset) agent.reset();
  }
  return agentsTable(chosen);
}

function parsedOrRefused(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: agentOptions, allowPositionals: true });
  } catch {
    throw new LocalError({
      what: "agent",
      got: JSON.stringify(words.join(" ")),
      allowed: Object.keys(agentOptions)
        .map((name) => `--${name}`)
        .join(", "),
      fix: "write help",
    });
  }
}

function agentsTable(agents: readonly StubAgent[]): string {
  const rows = agents.map(({ id, behaviour, counted }) => {
    const { latencyMs, failPercent, failure } = behaviour;
    const manner = failPercent > 0 ? `${failPercent}% ${failure}` : "well";
    const { requests, effects, repeats, failures } = counted;
    return [id, manner, `${latencyMs.join("-")} ms`, requests, effects, repeats, failures].map(String);
  });
  return table(["agent", "behaves", "latency", "requests", "effects", "repeats", "failures"], rows);
}

function instancesTable({ instances, functionPrefix }: Controlled): string {
  const counts = new Map<string, number>();
  for (const { functionName } of instances.all)
    counts.set(
      functionName.replace(functionPrefix, ""),
      (counts.get(functionName.replace(functionPrefix, "")) ?? 0) + 1,
    );
  return table(
    ["function", "instances"],
    [...counts].map(([name, count]) => [name, String(count)]),
  );
}

function kill(words: readonly string[], { instances, functionPrefix }: Controlled): string {
  const count = words.find((word) => /^\d+$/.test(word));
  const name = words.find((word) => !/^\d+$/.test(word));
  const functionName = name === undefined ? undefined : `${functionPrefix}${name}`;
  const killed = instances.kill(functionName, count === undefined ? Number.MAX_SAFE_INTEGER : Number(count));
  return `${killed} ended\n`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${all.map(line).join("\n")}\n`;
}
