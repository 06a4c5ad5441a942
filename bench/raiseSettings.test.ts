import { describe, expect, it } from "vitest";
import { readContract } from "../infra/contract/contract";
import { loadSettings } from "../infra/settings/loadSettings";
import { stackConfig, stagingValues } from "../test/support/staging";
import { raiseSettings } from "./raiseSettings";

const contract = readContract();
const load = (agents: number) => loadSettings(stackConfig(raiseSettings(stagingValues(), agents)), contract);

describe("the benchmark's settings", () => {
  it("are staging's own at staging's number of agents, but for the quotas", () => {
    const staging = stagingValues();
    expect(raiseSettings(staging, 18)).toEqual({ ...staging, account: expect.anything() });
  });

  it.each([18, 19, 130, 1300])("are accepted by the program's own loader with %i agents", (count) => {
    expect(load(count).agents).toHaveLength(count);
  });

  it("keep staging's mix of protocols, certificates and clients", () => {
    const share = (settings: ReturnType<typeof load>) => ({
      issued: settings.agents.filter(({ certificate }) => certificate.source === "issue").length,
      webSockets: settings.agents.filter(({ protocol }) => protocol === "websocket").length,
      clients: settings.clients.length,
    });
    const [staging, tenfold] = [share(load(18)), share(load(180))];
    expect(tenfold).toEqual({
      issued: 10 * staging.issued,
      webSockets: 10 * staging.webSockets,
      clients: 10 * staging.clients,
    });
  });

  it.each([0, 17, 18.5, 10_001])("are refused for %d agents", (count) => {
    expect(() => raiseSettings(stagingValues(), count)).toThrow(RangeError);
  });
});
