import { describe, expect, it } from "vitest";
import { stackConfig, stagingValues } from "../../test/support/staging";
import { readContract } from "../contract/contract";
import { loadSettings } from "../settings/loadSettings";
import type { LedgerEntry } from "./ledger";

const contract = readContract();
const NOW_MS = Date.UTC(2026, 10, 26);

const entry = (clientId: string, generation: string, notAfter: string): LedgerEntry => ({
  clientId,
  generation,
  serial: "1f",
  issuerKeyId: "0a",
  publicKeyDigest: "0".repeat(64),
  notBefore: "2026-11-01T00:00:00Z",
  notAfter,
});

const loadWith = (certificates: readonly LedgerEntry[], generations?: readonly unknown[]) => (): unknown => {
  const values = stagingValues();
  if (generations !== undefined) (values["trust"] as { generations: unknown }).generations = generations;
  return loadSettings(stackConfig(values), contract, {
    nowMs: NOW_MS,
    ledger: { certificates: [...certificates] },
  });
};

describe("the ledger of clients' certificates", () => {
  it("lets a generation be removed once its last leaf has ended", () => {
    expect(loadWith([entry("web-app", "g0", "2026-11-25T23:59:59Z")])).not.toThrow();
  });

  it("keeps a generation with a leaf that lives", () => {
    expect(
      loadWith([
        entry("web-app", "g0", "2026-11-26T00:00:00Z"),
        entry("mobile-app", "g0", "2026-12-01T00:00:00Z"),
        entry("web-app", "g1", "2026-12-01T00:00:00Z"),
      ]),
    ).toThrow(
      "trust.generations: got \"g0\" not trusted, though it signed web-app's until 2026-11-26T00:00:00Z, mobile-app's until 2026-12-01T00:00:00Z; allowed: every generation",
    );
  });

  it("keeps it from being retired too, and not from retiring", () => {
    const old = { id: "g0", stoppedIssuing: "2026-10-01" };
    const live = [entry("web-app", "g0", "2026-12-01T00:00:00Z")];
    const next = { id: "g1", state: "issuing" };
    expect(loadWith(live, [{ ...old, state: "retiring" }, next])).not.toThrow();
    expect(loadWith(live, [{ ...old, state: "retired", notTrusted: "2026-11-20" }, next])).toThrow(
      /trust\.generations: got "g0" not trusted/,
    );
  });

  it("names a few of many", () => {
    const many = Array.from({ length: 5 }, () => entry("web-app", "g0", "2026-12-01T00:00:00Z"));
    expect(loadWith(many)).toThrow("and 2 more");
  });
});
