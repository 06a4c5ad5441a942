import { X509Certificate } from "node:crypto";
import type { FunctionFacts } from "../../configuration";
import { newGeneration, type Generation } from "../../pki/testSupport";
import {
  clientKeyKind,
  digestOf,
  retireClientKeys,
  type ClientKey,
} from "../../rotate-client-keys/clientKeys";
import { clientKeySecret } from "../../rotate-client-keys/configuration";
import { edgeCertificateKind } from "../../rotate-edge-certificate/edgeCertificate";
import {
  grafanaTokenKind,
  retireGrafanaTokens,
  type GrafanaToken,
} from "../../rotate-grafana-token/grafanaToken";
import type { GrafanaTokens } from "../../rotate-grafana-token/grafana";
import {
  proberCertificatesKind,
  type ProberCertificates,
} from "../../rotate-prober-certificates/proberCertificates";
import { replaceStageCertificate } from "../../rotate-stage-certificate/stageCertificate";
import { trustAlarms, type isInAlarm } from "../../trust-watch/alarms";
import type { TrustWatchConfiguration } from "../../trust-watch/configuration";
import type { TrustThresholds } from "../../trust-watch/trustThresholds.schema";
import { watchTrust } from "../../trust-watch/trustWatch";
import type { CertificateAndKey } from "../certificates";
import { Crashes } from "./crashes";
import { FakeApiKeys } from "./fakeApiKeys";
import { FakeStages } from "./fakeStages";
import { DAY_MS, VirtualClock } from "./virtualClock";
import { clientsIssuerSecret, namePrefix, servicesIssuerSecret, TrustWorld } from "./world";

/** Who may be out of order. The person is away; the watch writes nothing. */
export const actors = ["client-keys", "edge", "prober", "grafana", "stage", "person", "watch"] as const;
export type Actor = (typeof actors)[number];

export interface Outage {
  readonly actor: Actor;
  readonly fromDay: number;
  readonly days: number;
}

export interface YearOptions {
  readonly outages: readonly Outage[];
  readonly thresholds: TrustThresholds;
  readonly watch?: Partial<Pick<TrustWatchConfiguration, "graceMs" | "stagedMs">>;
  readonly isInAlarm: typeof isInAlarm;
  /** Chooses the calls at which runs are cut off. */
  readonly seed: number;
}

export interface Year {
  /** What came within its notice of a deadline on a day on which nobody was paged about it. */
  readonly unnoticed: readonly string[];
  /** What was in order with nobody knowing of it either. */
  readonly broken: readonly string[];
  /** On how many days somebody was paged, by what about. */
  readonly pagedDays: ReadonlyMap<string, number>;
  /** What passed its deadline, paged or not: a history without any would prove nothing. */
  readonly passed: ReadonlySet<string>;
}

const DAYS = 365;
const CLIENT = "web-app";
const names = {
  clientKey: clientKeySecret(namePrefix, CLIENT),
  edge: `${namePrefix}/edge/client-certificate`,
  prober: `${namePrefix}/prober/certificates`,
  grafana: `${namePrefix}/grafana/token`,
  byHand: `${namePrefix}/pagerduty/integration-key`,
};
const ISSUER_DAYS = 200;
const CLIENT_LIFE_MS = 90 * DAY_MS;
const LEAF_LIFE_MS = 21 * DAY_MS;
const TOKEN_LIFE_MS = 80 * DAY_MS;
const OLD_GENERATION_DAYS = 20;

/** Interval of the schedule, and the longest time between two rotations: window and all. */
const schedules: Readonly<Record<string, { readonly everyDays: number; readonly longestDays: number }>> = {
  [names.clientKey]: { everyDays: 60, longestDays: 61 },
  [names.edge]: { everyDays: 7, longestDays: 8 },
  [names.prober]: { everyDays: 7, longestDays: 8 },
  [names.grafana]: { everyDays: 30, longestDays: 31 },
};

/** What must not pass, as of today, and how many days before somebody must know. */
interface Deadline {
  readonly thing: string;
  readonly atMs: number;
  readonly noticeDays: number;
  /** The dimension's value that pages about it. */
  readonly dimension: string;
  /**
   * Another that does as well. A prober's rotation that is stuck after it has written its records looks good by them, and
   * is paged about as a rotation.
   */
  readonly orDimension?: string;
}

/** Plays a year of days: rotations and retiring by schedule, the watch, and a person who does what pages tell. */
export async function playYear(options: YearOptions): Promise<Year> {
  const year = new SimulatedYear(
    options,
    await newGeneration(new VirtualClock().nowMs(), { days: ISSUER_DAYS }),
  );
  await year.begin();
  for (let day = 0; day < DAYS; day += 1) await year.live(day);
  return year.result;
}

const ends = new Map<string, number>();
/** OpenSSL is asked once for each certificate, not once a day. */
function end(pem: string): number {
  const known = ends.get(pem) ?? Date.parse(new X509Certificate(pem).validTo);
  ends.set(pem, known);
  return known;
}

class SimulatedYear {
  private readonly clock = new VirtualClock();
  private readonly crashes = new Crashes();
  private readonly world: TrustWorld;
  private readonly keys = new FakeApiKeys();
  private readonly stages = new FakeStages(this.clock.nowMs);
  private readonly tokens = new Map<number, { name: string; key: string; endsMs: number }>();
  private readonly rotations: ReadonlyMap<string, readonly [Actor, (event: unknown) => Promise<void>]>;
  private readonly retiring: readonly (readonly [Actor, () => Promise<unknown>])[];
  private oldGenerationUntilMs: number | undefined;
  private clientEndsMs = 0;
  private made = 0;
  readonly result = {
    unnoticed: [] as string[],
    broken: [] as string[],
    pagedDays: new Map<string, number>(),
    passed: new Set<string>(),
  };

  constructor(
    private readonly options: YearOptions,
    private generation: Generation,
  ) {
    this.world = new TrustWorld(generation, this.clock, this.crashes);
    const { ports } = this.world;
    const leaf = { lifeMs: LEAF_LIFE_MS, nextRotationMs: 8 * DAY_MS, overlapMs: 3 * DAY_MS };
    const keyPorts = { ...ports, keys: this.crashes.over(this.keys) };
    const keyOptions = { namePrefix, clientIds: [CLIENT], settleMs: 30_000, overlapMs: 7 * DAY_MS };
    const tokenPorts = { ...ports, grafana: this.crashes.over(this.grafana()) };
    const tokenOptions = {
      secretName: names.grafana,
      tokenName: namePrefix,
      lifeMs: TOKEN_LIFE_MS,
      nextRotationMs: 31 * DAY_MS,
      overlapMs: 7 * DAY_MS,
    };
    const edge = edgeCertificateKind(ports, {
      ...leaf,
      secretName: names.edge,
      issuerSecretName: servicesIssuerSecret,
      serviceUri: "urn:fase-b:service:edge",
    });
    const prober = proberCertificatesKind(ports, {
      ...leaf,
      secretName: names.prober,
      issuerSecretName: clientsIssuerSecret,
      proberId: "prober",
      settleMs: 30_000,
    });
    const { world } = this;
    this.rotations = new Map([
      [
        names.clientKey,
        [
          "client-keys",
          world.function("rotate-client-keys", clientKeyKind(keyPorts, keyOptions), names.clientKey),
        ],
      ],
      [names.edge, ["edge", world.function("rotate-edge-certificate", edge, names.edge)]],
      [names.prober, ["prober", world.function("rotate-prober-certificates", prober, names.prober)]],
      [
        names.grafana,
        [
          "grafana",
          world.function("rotate-grafana-token", grafanaTokenKind(tokenPorts, tokenOptions), names.grafana),
        ],
      ],
    ]);
    this.retiring = [
      ["client-keys", () => retireClientKeys(keyPorts, keyOptions)],
      ["grafana", () => retireGrafanaTokens(tokenPorts, tokenOptions)],
      [
        "stage",
        () =>
          replaceStageCertificate(
            { stages: this.crashes.over(this.stages), clock: this.clock },
            { description: "ours", replaceAfterMs: 60 * DAY_MS, overlapMs: 7 * DAY_MS, quota: 60 },
          ),
      ],
    ];
  }

  /** What the program seeds; the rotations of certificates are run at once, as Secrets Manager does by default. */
  async begin(): Promise<void> {
    const { secrets, trust } = this.world;
    const seed = "seed-key-0000000000000000";
    this.keys.keys.set("seed", { name: `${namePrefix}-${CLIENT}`, value: seed, enabled: true });
    this.keys.plans.set("plan", new Set(["seed"]));
    trust.put({ id: `client#${CLIENT}`, keyDigests: new Set([digestOf(seed)]) });
    secrets.seed(names.clientKey, { apiKeyId: "seed", apiKey: seed });
    const token = this.newToken(namePrefix, TOKEN_LIFE_MS);
    secrets.seed(names.grafana, { tokenId: token.id, token: token.key });
    secrets.seed(names.byHand, { integrationKey: "by hand" }, false);
    for (const name of [names.edge, names.prober]) {
      secrets.seed(name, {});
      await secrets.rotate(name, this.rotations.get(name)?.[1] ?? (() => Promise.reject(new Error(name))));
    }
    await this.stages.use((await this.stages.generate("ours")).id);
    this.enrolClient();
  }

  async live(day: number): Promise<void> {
    this.clock.advanceTo(new VirtualClock().nowMs() + day * DAY_MS);
    await this.rotateWhatIsDue(day);
    for (const [actor, run] of this.retiring) await this.run(actor, day, run);
    const paged = await this.watch(day);
    for (const about of paged) this.result.pagedDays.set(about, (this.result.pagedDays.get(about) ?? 0) + 1);
    await this.checkDeadlines(day, paged);
    await this.checkOrder(day);
    if (!this.isOut("person", day)) await this.doWhatPagesTell(paged);
  }

  private isOut(actor: Actor, day: number): boolean {
    return this.options.outages.some(
      (outage) => outage.actor === actor && day >= outage.fromDay && day < outage.fromDay + outage.days,
    );
  }

  /** Out of order: every run is cut off, each at another of its first calls, before it or after it. */
  private async run(actor: Actor, day: number, work: () => Promise<unknown>): Promise<void> {
    const chance = day * 31 + this.options.seed * 17 + actor.length;
    const calls = actor === "stage" ? 2 : 5;
    if (this.isOut(actor, day)) this.crashes.arm(1 + (chance % calls), chance % 2 === 0 ? "before" : "after");
    await work().catch(() => undefined);
    this.crashes.disarm();
  }

  private async rotateWhatIsDue(day: number): Promise<void> {
    const { secrets } = this.world;
    for (const [name, [actor, handler]] of this.rotations) {
      const { lastRotatedMs, createdMs } = await secrets.describe(name);
      const pending = await secrets.labelled(name, "AWSPENDING");
      const current = await secrets.labelled(name, "AWSCURRENT");
      const unfinished = pending.some((version) => !current.includes(version));
      const dueMs = (lastRotatedMs ?? createdMs) + (schedules[name]?.everyDays ?? 0) * DAY_MS;
      if (unfinished || this.clock.nowMs() >= dueMs)
        await this.run(actor, day, () => secrets.rotate(name, handler));
    }
  }

  /** @returns the dimensions' values of the alarms that are on */
  private async watch(day: number): Promise<ReadonlySet<string>> {
    const { world, clock, stages } = this;
    const facts: FunctionFacts = {
      namePrefix,
      memoryLimitMb: 256,
      clientIds: [CLIENT, "prober"],
      agentIds: [],
    };
    const configuration: TrustWatchConfiguration = {
      ...facts,
      trustTable: "trust",
      apiName: "api",
      stageName: "stage",
      clientLivesMs: { [CLIENT]: CLIENT_LIFE_MS, prober: LEAF_LIFE_MS },
      secrets: Object.values(names).map((name) => {
        const longestDays = schedules[name]?.longestDays;
        return longestDays === undefined ? { name } : { name, rotationMs: longestDays * DAY_MS };
      }),
      graceMs: DAY_MS,
      stagedMs: DAY_MS,
      ...this.options.watch,
    };
    world.lines.length = 0;
    if (!this.isOut("watch", day))
      await watchTrust(
        {
          trust: world.trust,
          secrets: world.secrets,
          clock,
          stageCertificate: () => Promise.resolve(stages.all.get(stages.inUse ?? "")),
          log: world.log("trust-watch", Object.values(names), facts.clientIds),
        },
        configuration,
      );
    const lines = world.lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    world.lines.length = 0;
    const paged = new Set<string>();
    for (const alarm of trustAlarms(this.options.thresholds)) {
      for (const [field, value] of this.dimensionsOf(alarm.metric)) {
        const line = lines.find(
          (each) => alarm.metric in each && (field === undefined || each[field] === value),
        );
        const number = line?.[alarm.metric];
        if (this.options.isInAlarm(alarm, typeof number === "number" ? number : undefined)) paged.add(value);
      }
    }
    return paged;
  }

  private dimensionsOf(metric: string): readonly (readonly [string | undefined, string])[] {
    switch (metric) {
      case "CertificateLife":
        return [CLIENT, "prober"].map((client) => ["clientId", client] as const);
      case "AuthorityLife":
        return ["root", "clients-issuer", "services-issuer"].map((role) => ["authority", role] as const);
      case "StageCertificateLife":
        return [[undefined, "stage"]];
      case "SecretAge":
        return Object.values(names).map((name) => ["secret", name] as const);
      default:
        return Object.keys(schedules).map((name) => ["secret", name] as const);
    }
  }

  private async checkDeadlines(day: number, paged: ReadonlySet<string>): Promise<void> {
    for (const { thing, atMs, noticeDays, dimension, orDimension = dimension } of await this.deadlines()) {
      const leftMs = atMs - this.clock.nowMs();
      if (leftMs <= 0) this.result.passed.add(thing);
      if (leftMs <= noticeDays * DAY_MS && !paged.has(dimension) && !paged.has(orDimension))
        this.result.unnoticed.push(`day ${day}: ${thing}, ${(leftMs / DAY_MS).toFixed(1)} days left`);
    }
  }

  private async deadlines(): Promise<readonly Deadline[]> {
    const { secrets } = this.world;
    const ages = await Promise.all(
      Object.values(names).map(async (name) => {
        const [current = ""] = await secrets.labelled(name, "AWSCURRENT");
        const madeMs = (await secrets.versionTimes(name)).get(current) ?? 0;
        return { thing: `90 days of ${name}`, atMs: madeMs + 90 * DAY_MS, noticeDays: 7, dimension: name };
      }),
    );
    const { good } = secrets.current<ProberCertificates>(names.prober);
    const edge = secrets.current<CertificateAndKey>(names.edge);
    const { tokenId } = secrets.current<GrafanaToken>(names.grafana);
    const { clientsIssuer, servicesIssuer, root } = this.generation;
    return [
      ...ages,
      {
        thing: "the edge's certificate",
        atMs: end(edge.certificatePem),
        noticeDays: 3,
        dimension: names.edge,
      },
      {
        thing: "the prober's certificate",
        atMs: end(good.certificatePem),
        noticeDays: 3,
        dimension: "prober",
        orDimension: names.prober,
      },
      {
        thing: "Grafana's token",
        atMs: this.tokens.get(tokenId)?.endsMs ?? 0,
        noticeDays: 7,
        dimension: names.grafana,
      },
      {
        thing: "the stage's certificate",
        atMs: this.stages.all.get(this.stages.inUse ?? "")?.expiresMs ?? 0,
        noticeDays: 30,
        dimension: "stage",
      },
      { thing: "the client's certificate", atMs: this.clientEndsMs, noticeDays: 14, dimension: CLIENT },
      {
        thing: "the clients' issuer",
        atMs: end(clientsIssuer.certificatePem),
        noticeDays: 30,
        dimension: "clients-issuer",
      },
      {
        thing: "the services' issuer",
        atMs: end(servicesIssuer.certificatePem),
        noticeDays: 30,
        dimension: "services-issuer",
      },
      { thing: "the root", atMs: end(root.certificatePem), noticeDays: 30, dimension: "root" },
    ];
  }

  /** Whatever is out of order, what is in force is one version, and works. */
  private async checkOrder(day: number): Promise<void> {
    const { secrets, trust } = this.world;
    const broken = (what: string): number => this.result.broken.push(`day ${day}: ${what}`);
    for (const name of Object.values(names)) {
      const count = (await secrets.labelled(name, "AWSCURRENT")).length;
      if (count !== 1) broken(`${name} has ${count} versions in force`);
    }
    const { apiKeyId, apiKey } = secrets.current<ClientKey>(names.clientKey);
    const opens =
      this.keys.keys.get(apiKeyId)?.value === apiKey &&
      this.keys.plans.get("plan")?.has(apiKeyId) === true &&
      trust.texts(`client#${CLIENT}`, "keyDigests").includes(digestOf(apiKey));
    if (!opens) broken("the client's key in force does not open");
    if (this.keys.keys.size > 3) broken(`${this.keys.keys.size} keys of one client`);
    if (this.stages.all.size > 3) broken(`${this.stages.all.size} certificates of the stage`);
    if (!this.tokens.has(secrets.current<GrafanaToken>(names.grafana).tokenId))
      broken("Grafana's token is gone");
    if (trust.texts("revocation", "revoked").length > 12) broken("the record of revocations grows");
  }

  private async doWhatPagesTell(paged: ReadonlySet<string>): Promise<void> {
    const { secrets } = this.world;
    const nowMs = this.clock.nowMs();
    if (paged.has(CLIENT)) this.enrolClient();
    if (paged.has(names.byHand)) secrets.seed(names.byHand, { integrationKey: "by hand" }, false);
    if (this.oldGenerationUntilMs === undefined && paged.has("clients-issuer")) {
      const { clientsIssuer, servicesIssuer, root } = this.generation;
      this.generation = await newGeneration(nowMs, { days: ISSUER_DAYS });
      this.world.trustGeneration(this.generation);
      // Old and new until what the old one signed has been replaced.
      const both = (id: string, ...old: readonly string[]): void =>
        this.world.trust.put({
          id,
          pems: [String(this.world.trust.items.get(id)?.["pems"]), ...old].join(""),
        });
      both("issuers", clientsIssuer.certificatePem);
      both("services", servicesIssuer.certificatePem, root.certificatePem);
      this.oldGenerationUntilMs = nowMs + OLD_GENERATION_DAYS * DAY_MS;
    } else if (this.oldGenerationUntilMs !== undefined && nowMs >= this.oldGenerationUntilMs) {
      this.world.trustGeneration(this.generation);
      this.oldGenerationUntilMs = undefined;
    }
  }

  private enrolClient(): void {
    this.made += 1;
    this.clientEndsMs = this.clock.nowMs() + CLIENT_LIFE_MS;
    this.world.trust.put({
      id: `certificates#${CLIENT}`,
      issued: new Set([`aa:${this.made.toString(16)}:${this.clientEndsMs}`]),
    });
  }

  private newToken(name: string, lifeMs: number): { readonly id: number; readonly key: string } {
    this.made += 1;
    const made = { name, key: `token ${this.made}`, endsMs: this.clock.nowMs() + lifeMs };
    this.tokens.set(this.made, made);
    return { id: this.made, key: made.key };
  }

  /** Grafana, without its HTTP: a token that has ended opens nothing. */
  private grafana(): GrafanaTokens {
    const check = (token: string): void => {
      const known = [...this.tokens.values()].find(({ key }) => key === token);
      if (known === undefined || known.endsMs <= this.clock.nowMs()) throw new Error("401");
    };
    return {
      list: async (token) => {
        check(token);
        return [...this.tokens].map(([id, { name }]) => ({ id, name }));
      },
      create: async (token, { name, secondsToLive }) => {
        check(token);
        return this.newToken(name, secondsToLive * 1000);
      },
      delete: async (token, id) => {
        check(token);
        this.tokens.delete(id);
      },
    };
  }
}
