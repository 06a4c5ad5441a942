import { newGeneration, type Generation } from "../../pki/testSupport";
import { createLog, type Log } from "../../log/log";
import type { functionNames } from "../../log/fields";
import { createRotationFunction } from "../rotationFunction";
import type { Kind } from "../rotate";
import type { SecretStore } from "../secretStore";
import { Crashes } from "./crashes";
import { FakeSecretsManager } from "./fakeSecretsManager";
import { MemoryTrustTable } from "./memoryTrustTable";
import { VirtualClock } from "./virtualClock";

export const namePrefix = "fase-b-staging";

/** Secrets and the table of trust with one generation in it; what a kind works on, and a way to cut it off. */
export class TrustWorld {
  readonly secrets: FakeSecretsManager;
  readonly trust = new MemoryTrustTable();
  readonly lines: string[] = [];
  /** The same, cut off where it is armed. */
  readonly ports: {
    readonly secrets: SecretStore;
    readonly trust: MemoryTrustTable;
    readonly clock: VirtualClock;
  };

  constructor(
    readonly generation: Generation,
    readonly clock = new VirtualClock(),
    readonly crashes = new Crashes(),
  ) {
    this.secrets = new FakeSecretsManager(clock.nowMs);
    this.ports = { secrets: crashes.over(this.secrets), trust: crashes.over(this.trust), clock };
    this.trustGeneration(generation);
    this.trust.put({ id: "revocation", revoked: new Set(["0abc:0def"]) });
  }

  static async start(crashes?: Crashes, clock = new VirtualClock()): Promise<TrustWorld> {
    return new TrustWorld(await newGeneration(clock.nowMs()), clock, crashes);
  }

  /** The program's part: what is trusted, and the issuers' secrets. */
  trustGeneration({ root, clientsIssuer, servicesIssuer }: Generation): void {
    this.trust.put({ id: "issuers", pems: clientsIssuer.certificatePem });
    this.trust.put({ id: "services", pems: `${servicesIssuer.certificatePem}${root.certificatePem}` });
    this.secrets.seed(clientsIssuerSecret, clientsIssuer, false);
    this.secrets.seed(servicesIssuerSecret, servicesIssuer, false);
  }

  log(
    functionName: (typeof functionNames)[number],
    secretNames: readonly string[],
    clientIds: readonly string[] = [],
  ): Log {
    return createLog({
      functionName,
      namePrefix,
      memoryLimitMb: 256,
      clientIds,
      agentIds: [],
      secretNames,
      nowMs: this.clock.nowMs,
      write: (line) => this.lines.push(line),
    });
  }

  function<V>(
    functionName: (typeof functionNames)[number],
    kind: Kind<V>,
    secretName: string,
    retire?: () => Promise<void>,
  ): (event: unknown) => Promise<void> {
    return createRotationFunction({
      kind,
      secrets: this.ports.secrets,
      log: this.log(functionName, [secretName]),
      ...(retire === undefined ? {} : { retire }),
    });
  }
}

export const clientsIssuerSecret = `${namePrefix}/authority/g1/clients-issuer`;
export const servicesIssuerSecret = `${namePrefix}/authority/g1/services-issuer`;
