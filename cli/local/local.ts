import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FirewallInterpreter } from "../../infra/firewall/firewallInterpreter";
import { StubAgent } from "./agents/stubAgents";
import { Authority } from "./authority/authority";
import { newApiKeys, writeClientFiles } from "./clientFiles";
import type { Controlled } from "./controls";
import { calledAgents } from "./deploy/configuration";
import { deployData, seedTrust } from "./deploy/data";
import { deployFunctions, invoke } from "./deploy/functions";
import { deployRestApi } from "./deploy/restApi";
import { createFirewall } from "./door/firewall";
import type { FrontDoor } from "./door/frontDoor";
import { RestDoor, type AccessLogEntry } from "./door/restDoor";
import { VoiceGateway } from "./door/voiceGateway";
import { startEmulator } from "./emulator/emulator";
import { LocalError } from "./errors";
import { Instances } from "./instances";
import { Session } from "./session";
import type { Staging } from "./staging";

export interface LocalOptions {
  /** `.local`, git-ignored. */
  readonly localDir: string;
  /** It has its port and serves nobody yet. */
  readonly door: FrontDoor;
  readonly firewall: boolean;
  readonly atOnce: number;
  readonly python: string;
  readonly staging: Staging;
  readonly onProgress: (what: string) => void;
  readonly onRequest: (entry: AccessLogEntry) => void;
  /** Aborted when the run is to end; what was started by then is stopped. */
  readonly signal: AbortSignal;
}

export interface Local extends Controlled {
  readonly port: number;
  /** Holds clients' files, the session's, the emulator's log; gone when the run ends. */
  readonly folder: string;
  /** Ends when a part of it broke down. */
  readonly broke: Promise<LocalError>;
}

/** What is to be undone, last first. */
class Cleanup {
  private readonly steps: (() => void | Promise<void>)[] = [];

  add(step: () => void | Promise<void>): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) {
      try {
        await step();
      } catch {
        // What can't be undone must not keep the rest from being undone.
      }
    }
  }
}

/**
 * Starts the whole of it, hands it to `use`, and ends all of it when `use` has ended or anything failed.
 */
export async function withLocal<T>(options: LocalOptions, use: (local: Local) => Promise<T>): Promise<T> {
  const cleanup = new Cleanup();
  try {
    const local = await start(options, cleanup);
    return await use(local);
  } finally {
    await cleanup.run();
  }
}

async function start(options: LocalOptions, cleanup: Cleanup): Promise<Local> {
  const { staging, onProgress, signal, localDir, door } = options;
  const secret = randomBytes(32).toString("base64url");
  const mark = randomBytes(16).toString("base64url");
  const folder = openFolder(localDir, door.port, cleanup);
  const authority = await Authority.create(staging.authority);

  onProgress("Starting the emulator");
  const { accountId, region } = staging;
  const emulator = await startEmulator({ python: options.python, folder, accountId, region }, signal);
  cleanup.add(() => emulator.stop());
  const { api } = emulator;
  cleanup.add(() => api.close());

  const instances = await Instances.start(secret);
  cleanup.add(() => instances.close());
  const agents = await startAgents(staging, authority, cleanup);
  const functionNamed = (name: string) => {
    const found = staging.functions.find((one) => one.name === name);
    if (found === undefined) throw missingFunction(name);
    return found;
  };
  const { voiceApi } = staging;
  const [authorizer, handler] = [
    functionNamed(voiceApi.authorizerFunction),
    functionNamed(voiceApi.handlerFunction),
  ];
  const voice = await VoiceGateway.start({
    accountId,
    region,
    ...voiceApi,
    authorizer: (event) => invoke(api, authorizer, event),
    handler: (event) => invoke(api, handler, event),
  });
  cleanup.add(() => voice.close());

  onProgress("Deploying what the preview declares");
  const apiKeys = newApiKeys(staging);
  await deployData(api, staging);
  await seedTrust(api, staging, {
    issuersPem: authority.clientsIssuerPem,
    servicesPem: authority.servicesPem,
    caller: await authority.caller("edge"),
    apiKeys,
  });
  await deployFunctions(
    api,
    staging,
    {
      agents: new Map(agents.map((agent) => [agent.id, agent.url])),
      voiceConnections: voice.managementUrl,
    },
    {
      secret,
      mark,
      instancesPort: instances.port,
      endpointUrl: api.url,
    },
  );
  const apiId = await deployRestApi(api, staging, apiKeys);
  signal.throwIfAborted();

  const rest = new RestDoor({
    api,
    apiId,
    stageName: staging.restApi.stageName,
    body: staging.restApi.body,
    firewall: options.firewall ? createFirewall(staging.webAcl, staging.ipSets) : openFirewall(),
    secret,
    mark,
    // The emulator does not keep it.
    integrationTimeoutMs: staging.restApi.integrationTimeoutMs,
    atOnce: options.atOnce,
    takeDecision: (requestId) => instances.takeDecision(requestId),
    onRequest: options.onRequest,
  });
  const dnsNames = staging.domains.map(({ domain }) => domain);
  door.serve({
    domains: staging.domains,
    certificate: await authority.server({ dnsNames }),
    truststore: authority.truststorePem,
    rest,
    voice,
  });

  await writeClientFiles(folder, staging, authority, apiKeys, door.port);
  const controlled: Controlled = { agents, instances, functionPrefix: `${staging.namePrefix}-` };
  const session = await Session.open(folder, controlled);
  cleanup.add(() => session.close());
  return { ...controlled, port: door.port, folder, broke: emulator.ended };
}

async function startAgents(
  staging: Staging,
  authority: Authority,
  cleanup: Cleanup,
): Promise<readonly StubAgent[]> {
  const certificate = await authority.server({ ipAddresses: ["127.0.0.1"], dnsNames: ["localhost"] });
  return Promise.all(
    calledAgents(staging.functions).map(async (id) => {
      const agent = await StubAgent.start(id, certificate, { callers: authority.servicesPem });
      cleanup.add(() => agent.close());
      return agent;
    }),
  );
}

/** One run a port: what an earlier one left, which was killed with its guard, goes. */
function openFolder(localDir: string, port: number, cleanup: Cleanup): string {
  const folder = join(localDir, `run-${port}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Passes everything and counts nothing. */
const openFirewall = (): FirewallInterpreter =>
  new FirewallInterpreter({ rules: [], customResponseBodies: [], ipSets: new Map(), nowMs: () => 0 });

const missingFunction = (name: string): LocalError =>
  new LocalError({
    what: "the voice API's function",
    got: name,
    allowed: "one of the preview's functions",
    fix: "see why the preview has no such function",
  });
