import { beforeEach, describe, expect, it } from "vitest";
import { StoreError } from "../store/store";
import { authorize } from "./authorizerRules";
import { freshSources } from "./freshSources";
import { goodRequest, issuer, newLeaf, nowMs as noon, plainSources } from "./testSupport";
import type { TrustRecords } from "./trustRecords";

const records: TrustRecords = {
  issuersPem: plainSources.issuersPem,
  clients: plainSources.clients,
  revoked: [],
};
const revoking: TrustRecords = {
  ...records,
  revoked: [{ issuerKeyId: issuer.keyId, serial: "0bad" }],
};
const withSerial = { ...goodRequest, clientCertPem: newLeaf(issuer, { serial: "0bad" }) };

describe("the authorizer's copy of the table of trust", () => {
  let nowMs: number;
  let reads: number;
  let answer: () => Promise<TrustRecords>;
  let load: ReturnType<typeof freshSources>;
  let told: unknown[];

  beforeEach(() => {
    nowMs = noon;
    reads = 0;
    told = [];
    answer = () => Promise.resolve(records);
    load = freshSources({
      read: () => {
        reads += 1;
        return answer();
      },
      agents: plainSources.agents,
      scanning: plainSources.scanning,
      refreshMs: 20_000,
      maxAgeMs: 55_000,
      nowMs: () => nowMs,
      onFailure: (error) => void told.push(error),
    });
  });
  const decide = async (request = goodRequest): Promise<string> => {
    const decision = authorize(request, await load(), nowMs);
    return decision.effect === "allow" ? "allow" : decision.reason;
  };
  const fails = (): Promise<never> =>
    Promise.reject(new StoreError("unavailable", "read-trust", "no answer"));

  it("is read once for all requests of its time, and by one of those that come together", async () => {
    expect(await Promise.all([decide(), decide(), decide()])).toEqual(["allow", "allow", "allow"]);
    nowMs += 19_999;
    await decide();
    expect(reads).toBe(1);
    nowMs += 1;
    await decide();
    expect(reads).toBe(2);
  });

  it("knows a revocation after its refresh, within a minute (B5.3)", async () => {
    expect(await decide(withSerial)).toBe("allow");
    answer = () => Promise.resolve(revoking);
    nowMs += 20_000;
    expect(await decide(withSerial)).toBe("certificate-revoked");
  });

  it("serves on while the table fails, then denies everybody, and asks no more than once a second", async () => {
    await decide();
    answer = fails;
    nowMs += 20_000;
    expect(await decide()).toBe("allow");
    nowMs += 999;
    await decide();
    expect(reads).toBe(2);
    expect(told).toHaveLength(1);
    nowMs = noon + 55_000;
    expect(await decide()).toBe("allow");
    nowMs += 1;
    expect(await decide()).toBe("revocation-list-stale");
    answer = () => Promise.resolve(records);
    nowMs += 1_000;
    expect(await decide()).toBe("allow");
  });

  it("dates from before it was asked for, however long the answer took", async () => {
    answer = () => {
      nowMs += 10_000;
      return Promise.resolve(records);
    };
    await decide();
    answer = fails;
    nowMs = noon + 55_001;
    expect(await decide()).toBe("revocation-list-stale");
  });

  it("throws while nothing was ever read, which denies", async () => {
    answer = fails;
    await expect(load()).rejects.toThrow(StoreError);
    await expect(load()).rejects.toThrow(StoreError);
    answer = () => Promise.resolve(records);
    expect(await decide()).toBe("allow");
  });

  it("keeps what it knew when what it reads would weaken a check", async () => {
    await decide();
    answer = () => Promise.resolve({ ...records, issuersPem: [] });
    nowMs += 20_000;
    expect(await decide()).toBe("allow");
    nowMs = noon + 55_001;
    expect(await decide()).toBe("revocation-list-stale");
  });
});
