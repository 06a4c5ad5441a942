import { describe, expect, it } from "vitest";
import { stackConfig, stagingValues } from "../../test/support/staging";
import { readContract } from "../contract/contract";
import { loadSettings, SettingsError } from "../settings/loadSettings";
import { alerts } from "./alerts/alerts";

const contract = readContract();

interface Values {
  [key: string]: Values;
}

/** The problems of staging's settings after a change, a line each. */
function problemsAfter(path: readonly (string | number)[], value: unknown): string[] {
  const values = stagingValues();
  const holder = path
    .slice(0, -1)
    .reduce<Values>((at, step) => at[step] as Values, values["observability"] as Values);
  (holder as Record<string | number, unknown>)[path.at(-1) ?? ""] = value;
  try {
    loadSettings(stackConfig(values), contract);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split("\n").slice(1);
  }
}

describe("the settings of observability", () => {
  it.each<[string, (string | number)[], unknown, RegExp]>([
    [
      "an objective of a route that nobody answers",
      ["objectives", "latency", "route"],
      "/chats",
      /observability\.objectives\.latency\.route: got "\/chats"; allowed: a path of the contract with POST: \/chat, .*; fix: correct the route/,
    ],
    [
      "an alert of the session that is no path with POST",
      ["alerts", "chatLatency", "route"],
      "/realtime-voice",
      /observability\.alerts\.chatLatency\.route: got "\/realtime-voice"; allowed: .*; fix: /,
    ],
    [
      "a short window as long as the long one",
      ["objectives", "burnRates", "fast", "shortMinutes"],
      60,
      /burnRates\.fast\.shortMinutes: got 60 minutes; allowed: less than .*longMinutes, 60; fix: shorten it/,
    ],
    [
      "a pace at which more than every request would have to be bad",
      ["objectives", "burnRates", "fast", "factor"],
      20,
      /burnRates\.fast\.factor: got 20 times a budget of 5 %; allowed: a factor below 20: .*; fix: lower the factor/,
    ],
    [
      "a baseline that is no multiple of the window",
      ["alerts", "throttlingSpike", "baselineMinutes"],
      62,
      /throttlingSpike\.baselineMinutes: got 62 minutes; allowed: a multiple of windowMinutes, 5: .*; fix: write 65/,
    ],
    [
      "a queue of an agent that is not there",
      ["queues", 0, "agentId"],
      "avatar-99",
      /queues\[0\]\.agentId: got "avatar-99"; allowed: the id of one of agents; fix: /,
    ],
    [
      "a queue that is listed twice",
      ["queues", 1, "name"],
      "avatar-render",
      /queues\[1\]\.name: got "avatar-render"; allowed: a queue that is listed once; fix: observability\.queues\[0\]\.name has it/,
    ],
    [
      "a turn of nobody",
      ["pager", "schedule", "turns"],
      ["somebody"],
      /pager\.schedule\.turns\[0\]: got "somebody"; allowed: the id of one of pager\.people: observability-engineer, .*; fix: /,
    ],
    [
      "a person with two turns",
      ["pager", "schedule", "turns"],
      ["devops-security", "devops-security"],
      /pager\.schedule\.turns\[1\]: got "devops-security"; allowed: each person once; fix: /,
    ],
    [
      "an escalation to nobody",
      ["pager", "escalation", "then"],
      ["somebody"],
      /pager\.escalation\.then\[0\]: got "somebody"; allowed: .*; fix: /,
    ],
    [
      "two people of one id",
      ["pager", "people", 1, "id"],
      "observability-engineer",
      /pager\.people\[1\]\.id: got "observability-engineer"; allowed: an id that no other person has; fix: /,
    ],
    [
      "two people of one address",
      ["pager", "people", 1, "email"],
      "Observability@example.com",
      /pager\.people\[1\]\.email: got "observability@example\.com"; allowed: an address that no other person has; fix: /,
    ],
    [
      "no one to page",
      ["pager", "people"],
      [],
      /pager\.people: got \[\]; allowed: at least one person to page; fix: list who is on call/,
    ],
    [
      "a latency looser than ordered",
      ["alerts", "chatLatency", "thresholdMs"],
      801,
      /alerts\.chatLatency\.thresholdMs: got 801; allowed: .*800.*; fix: /,
    ],
    [
      "a latency that may last longer than ordered",
      ["alerts", "chatLatency", "forMinutes"],
      11,
      /alerts\.chatLatency\.forMinutes: got 11; allowed: .*10.*; fix: /,
    ],
    [
      "more errors than ordered",
      ["alerts", "serverErrors", "thresholdPercent"],
      1.01,
      /alerts\.serverErrors\.thresholdPercent: got 1\.01; allowed: .*1.*; fix: /,
    ],
    [
      "errors that may last longer than ordered",
      ["alerts", "serverErrors", "forMinutes"],
      6,
      /alerts\.serverErrors\.forMinutes: got 6; allowed: .*5.*; fix: /,
    ],
    [
      "a longer window of 429s than ordered",
      ["alerts", "throttlingSpike", "windowMinutes"],
      6,
      /alerts\.throttlingSpike\.windowMinutes: got 6; allowed: .*5.*; fix: /,
    ],
    [
      "an objective looser than ordered",
      ["objectives", "latency", "thresholdMs"],
      701,
      /objectives\.latency\.thresholdMs: got 701; allowed: .*700.*; fix: /,
    ],
    [
      "an objective of fewer requests than ordered",
      ["objectives", "latency", "percentile"],
      94,
      /objectives\.latency\.percentile: got 94; allowed: .*95.*; fix: /,
    ],
    [
      "an objective of more errors than ordered",
      ["objectives", "errors", "maximumPercent"],
      0.71,
      /objectives\.errors\.maximumPercent: got 0\.71; allowed: .*0\.7.*; fix: /,
    ],
  ])("refuse %s", (_, path, value, problem) => {
    expect(problemsAfter(path, value).join("\n")).toMatch(problem);
  });

  it("take what is stricter than ordered, and alerts are made of it", () => {
    const values = stagingValues();
    const { alerts: own } = values["observability"] as { alerts: Record<string, unknown> };
    own["chatLatency"] = { route: "/chat", thresholdMs: 650, forMinutes: 3 };
    const settings = loadSettings(stackConfig(values), contract);
    const found = alerts(settings, contract).find(({ name }) => name === "ChatLatencyHigh");
    expect(found?.summary).toContain("is over 650 ms for 3 minutes");
    expect(found?.forSeconds).toBe(180);
  });
});
