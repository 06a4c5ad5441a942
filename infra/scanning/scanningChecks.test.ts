import { describe, expect, it } from "vitest";
import { stagingValues } from "../../test/support/staging";
import { agents } from "../agents/agents.schema";
import { clients, tiers } from "../clients/clients.schema";
import { firewall } from "../firewall/firewall.schema";
import { scanning, type ScanName } from "./scanning.schema";
import { checkScanning, monthlyScanRequests, type ScanningGround } from "./scanningChecks";

const values = stagingValues();
const staging: ScanningGround = {
  scanning: scanning.parse(values["scanning"]),
  agents: agents.parse(values["agents"]),
  clients: clients.parse(values["clients"]),
  tiers: tiers.parse(values["tiers"]),
  firewall: firewall.parse(values["firewall"]),
};
const problems = (change: Partial<ScanningGround>): string[] =>
  checkScanning({ ...staging, ...change }).map(({ path, got }) => `${path}: ${got}`);
const scanningWith = (change: Partial<ScanningGround["scanning"]>): string[] =>
  problems({ scanning: { ...staging.scanning, ...change } });
const scheduled = (name: ScanName, schedule: string, timeoutMinutes?: number): string[] => {
  const { scans } = staging.scanning;
  const scan = { ...scans[name], schedule, ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }) };
  return scanningWith({ scans: { ...scans, [name]: scan } });
};
const scannerWith = (change: object): ScanningGround["clients"] =>
  staging.clients.map((client) => (client.clientId === "scanner" ? { ...client, ...change } : client));
const at = staging.clients.findIndex(({ clientId }) => clientId === "scanner");

describe("scans beside the rest of the settings (B2.1, B2.2)", () => {
  it("of staging fit", () => {
    expect(problems({})).toEqual([]);
  });

  it("need a quota for the time-outs of a month's runs at the full rate, and get at most as much again", () => {
    // 15, 120 and 60 minutes a day, at 5 requests a second, in the longest month.
    const needed = 195 * 60 * 31 * 5;
    expect(monthlyScanRequests(staging.scanning)).toBe(needed);
    const withQuota = (monthlyQuotaRequests: number): string[] =>
      problems({ clients: scannerWith({ monthlyQuotaRequests }) });
    expect(withQuota(needed)).toEqual([]);
    expect(withQuota(2 * needed)).toEqual([]);
    expect(withQuota(needed - 1)).toEqual([
      `clients[${at}].monthlyQuotaRequests: ${needed - 1} requests a month`,
    ]);
    expect(withQuota(2 * needed + 1)).toHaveLength(1);
    expect(scanningWith({ requestsPerSecond: 7 })).toEqual([
      `clients[${at}].monthlyQuotaRequests: 2500000 requests a month`,
    ]);
  });

  it("call as a client of the settings, below the rate of its tier", () => {
    expect(scanningWith({ clientId: "nobody" })[0]).toBe('scanning.clientId: "nobody"');
    const slow = { ...staging.tiers, bronze: { requestsPerSecond: 5, burstRequests: 20 } };
    expect(problems({ tiers: slow })).toEqual(["scanning.requestsPerSecond: 5 requests a second"]);
    const faster = { ...staging.tiers, bronze: { requestsPerSecond: 5.1, burstRequests: 20 } };
    expect(problems({ tiers: faster })).toEqual([]);
  });

  it("are let in by an agent of each HTTP route, and by none that holds sessions", () => {
    const without = (id: string): ScanningGround["agents"] =>
      staging.agents.map((agent) => {
        if (agent.id !== id) return agent;
        const left = agent.configuration.clients.filter((client) => client !== "scanner");
        return { ...agent, configuration: { ...agent.configuration, clients: left } } as typeof agent;
      });
    expect(problems({ agents: without("vision-01") })).toEqual([
      "agents: no agent of /vision that lets scanner in",
    ]);
    const talking = staging.agents.map((agent) => {
      if (agent.protocol !== "websocket") return agent;
      const all = [...agent.configuration.clients, "scanner"];
      return { ...agent, configuration: { ...agent.configuration, clients: all } };
    });
    expect(problems({ agents: talking })).toHaveLength(4);
  });

  it.each(["203.0.113.7/32", "203.0.113.0/24", "203.0.0.0/16"])(
    "come from no address that is blocked: %s",
    (blocked) => {
      expect(problems({ firewall: { ...staging.firewall, blockedAddresses: [blocked] } })).toEqual([
        `scanning.egressAddresses[0]: 203.0.113.7/32, which firewall.blockedAddresses blocks by ${blocked}`,
      ]);
    },
  );

  it.each(["203.0.113.8/32", "2001:db8::/32"])("may have neighbours that are blocked: %s", (blocked) => {
    expect(problems({ firewall: { ...staging.firewall, blockedAddresses: [blocked] } })).toEqual([]);
  });

  it("begin when the one before has ended, at the latest by its time-out", () => {
    expect(scheduled("zap-authenticated", "32 1 * * *")).toEqual([]);
    expect(scheduled("zap-authenticated", "31 1 * * *")).toEqual([
      "scanning.scans.zap-authenticated.schedule: a run at 01:31, while zap-baseline may run until 01:32 (UTC)",
    ]);
  });

  it("do not begin a second time while the first still runs", () => {
    const [first] = scheduled("zap-baseline", "*/30 0 * * *", 31);
    expect(first).toBe(
      "scanning.scans.zap-baseline.schedule: a run at 00:30, while zap-baseline may run until 00:31 (UTC)",
    );
  });

  it("are missed only after the longest time from one to the next, time-out included", () => {
    expect(scanningWith({ missingAfterHours: 26 })).toEqual([]);
    expect(scanningWith({ missingAfterHours: 25 })).toEqual(["scanning.missingAfterHours: 25 h"]);
    expect(scheduled("zap-baseline", "17 1 * * 1").at(-1)).toBe("scanning.missingAfterHours: 26 h");
  });

  it.each(["* * * * *", "17 1 1 1 *", "99 1 * * *", "0 0 30 2 *"])(
    "have a schedule that is one, neither too rare nor too frequent: %s",
    (schedule) => {
      expect(scheduled("fuzz", schedule)).toContain(`scanning.scans.fuzz.schedule: ${schedule}`);
    },
  );
});
