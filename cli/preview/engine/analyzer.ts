/**
 * Runs a policy pack as the engine does: the pack is a process that serves the analyzer protocol on a port, which
 * it prints.
 *
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go
 */
import type { Json, NotApplicable, PackReport, PolicyInfo, Violation } from "../model";
import { PreviewError, messageOf } from "./errors";
import {
  decodeAnalyzeResponse,
  decodeAnalyzerInfo,
  decodeRemediateResponse,
  encodeAnalyze,
  encodeAnalyzeStack,
  encodeConfigure,
  encodeConfigureStack,
  encodeHandshake,
  type AnalyzedResource,
  type AnalyzeResponse,
  type AnalyzerInfo,
  type PolicyConfig,
  type StackIdentity,
} from "./messages";
import { collect, exited, type Child } from "./processes";
import type { PolicyPackProject } from "./project";
import { RpcClient, RpcError, status } from "../../../runtime/rpc";
import { isObject } from "./signatures";
import { decodeStruct, encodeStruct } from "./values";

/** The pack has one thread; more only lengthen its queue. */
const CALLS_IN_FLIGHT = 32;
const START_TIMEOUT_MS = 120_000;
/** What the pack's SDK says of a policy for one type of resource, about every resource of another type. */
const OTHER_TYPE = "Policy only applies to resources of type ";

export class Analyzer {
  private waiting: (() => void)[] = [];
  private inFlight = 0;
  private readonly calls: Promise<void>[] = [];
  /** What was answered about whom, by the answer's bytes: resources of one type mostly get the same. */
  private readonly answers = new Map<
    string,
    { readonly response: AnalyzeResponse; readonly urns: string[] }
  >();
  private readonly violations: Violation[] = [];
  private readonly notApplicable: NotApplicable[] = [];
  /** How many resources the pack was asked about, and of how many each policy said that it does not apply. */
  private asked = 0;
  private readonly declined = new Map<string, { count: number; reason: string }>();
  private failed: Error | undefined;

  private constructor(
    private readonly name: string,
    private readonly project: PolicyPackProject,
    private readonly child: Child,
    private readonly client: RpcClient,
    private readonly info: AnalyzerInfo,
  ) {}

  /**
   * @param child the pack, just started
   * @param name how to name the pack in errors
   * @throws PreviewError when the pack does not start
   */
  static async connect(
    child: Child,
    project: PolicyPackProject,
    name: string,
    stack: StackIdentity,
  ): Promise<Analyzer> {
    const errors = collect(child.stderr);
    const port = await portOf(child, errors, name, project.directory);
    const client = new RpcClient(port);
    await call(client, "Handshake", encodeHandshake("", project.directory)).catch((error: unknown) => {
      if (!(error instanceof RpcError) || error.code !== status.UNIMPLEMENTED) throw error;
    });
    await call(client, "ConfigureStack", encodeConfigureStack(stack));
    const info = decodeAnalyzerInfo(await call(client, "GetAnalyzerInfo", Buffer.alloc(0)));
    await call(client, "Configure", encodeConfigure(defaultConfig(info)));
    const analyzer = new Analyzer(name, project, child, client, info);
    void exited(child).then((end) =>
      analyzer.fail(`it ended with ${end} while it was needed. ${errors().trim()}`),
    );
    return analyzer;
  }

  /** The same pack, asked anew: its report has nothing of what was asked before. */
  again(): Analyzer {
    return new Analyzer(this.name, this.project, this.child, this.client, this.info);
  }

  get mayRemediate(): boolean {
    return this.info.policies.some((policy) => policy.enforcementLevel === "remediate");
  }

  private fail(problem: string): void {
    this.failed ??= new PreviewError({
      what: `the policy pack ${this.name} failed`,
      got: problem,
      allowed: "a pack that judges every resource",
      fix: "correct the policy",
    });
  }

  private async call(method: string, request: Buffer, onSent?: () => void): Promise<Buffer> {
    if (this.inFlight >= CALLS_IN_FLIGHT) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.inFlight++;
    try {
      return await call(this.client, method, request, onSent);
    } catch (error) {
      // When the process died, what it wrote says more than the broken connection.
      if (error instanceof RpcError && error.code === status.UNAVAILABLE) await exited(this.child);
      this.fail((error instanceof RpcError && error.details) || String(error));
      throw this.failed;
    } finally {
      this.inFlight--;
      this.waiting.shift()?.();
    }
  }

  /** Sends a resource to the pack; what it says is in the `report`. */
  analyze(resource: AnalyzedResource, inputs: Buffer): void {
    if (this.failed) return;
    this.asked++;
    const judged = this.call("Analyze", encodeAnalyze(resource, inputs));
    this.calls.push(
      judged
        .then((response) => this.keep(response, resource.urn))
        .catch((error: unknown) => this.fail(messageOf(error))),
    );
  }

  private keep(response: Buffer, urn: string): void {
    const key = response.toString("latin1");
    const answer = this.answers.get(key);
    if (answer) answer.urns.push(urn);
    else this.answers.set(key, { response: decodeAnalyzeResponse(response), urns: [urn] });
  }

  /** Lets the pack change a resource's inputs. */
  async remediate(resource: AnalyzedResource, inputs: Buffer): Promise<Buffer> {
    let result = inputs;
    for (const remediation of decodeRemediateResponse(
      await this.call("Remediate", encodeAnalyze(resource, inputs)),
    )) {
      if (remediation.properties) result = remediation.properties;
      if (remediation.diagnostic) {
        this.violations.push({
          pack: this.info.name,
          policy: remediation.policy,
          enforcementLevel: "advisory",
          severity: this.severityOf(remediation.policy),
          message: remediation.diagnostic,
          urn: resource.urn,
        });
      }
    }
    return result;
  }

  /** Waits for the verdicts on single resources. */
  async settled(): Promise<void> {
    await Promise.all(this.calls);
    if (this.failed) throw this.failed;
    for (const { response, urns } of this.answers.values()) {
      for (const { policy, reason } of distinct(response)) this.decline(policy, reason, urns.length);
      if (saysNothing(response)) continue;
      for (const urn of urns) this.record(response, () => urn, urn);
    }
    this.answers.clear();
  }

  /**
   * Sends the whole stack to the pack; what it says is in the `report`.
   *
   * @returns `sent` when the pack has all of it, from when on this process has nothing to do for the pack; `judged`
   *   when it has answered
   */
  analyzeStack(resources: readonly { readonly analyzed: AnalyzedResource; readonly outputs: Buffer }[]): {
    readonly sent: Promise<void>;
    readonly judged: Promise<void>;
  } {
    const known = new Set(resources.map(({ analyzed }) => analyzed.urn));
    let onSent = (): void => undefined;
    const sent = new Promise<void>((resolve) => (onSent = resolve));
    const judged = this.call("AnalyzeStack", encodeAnalyzeStack(resources), onSent).then((response) =>
      this.record(decodeAnalyzeResponse(response), (urn) => (known.has(urn) ? urn : undefined), undefined),
    );
    // A failure is told by `judged`; it must not count as one that nobody waits for until somebody does.
    return { sent: Promise.race([sent, judged.catch(() => undefined)]), judged };
  }

  private severityOf(policy: string): Violation["severity"] {
    return this.info.policies.find(({ name }) => name === policy)?.severity ?? "unspecified";
  }

  private record(
    response: AnalyzeResponse,
    urnOf: (urn: string) => string | undefined,
    subject: string | undefined,
  ): void {
    for (const { policy, pack, message, enforcementLevel, severity, urn } of response.diagnostics) {
      const about = urnOf(urn);
      this.violations.push({
        pack,
        policy,
        // What a remediation left unsolved is a violation, and stack policies can't remediate.
        enforcementLevel: enforcementLevel === "remediate" ? "mandatory" : enforcementLevel,
        severity: severity === "unspecified" ? this.severityOf(policy) : severity,
        message,
        ...(about === undefined ? {} : { urn: about }),
      });
    }
    for (const { policy, reason } of distinct(response)) {
      if (reason.startsWith(OTHER_TYPE)) continue;
      this.notApplicable.push({ policy, reason, ...(subject === undefined ? {} : { urn: subject }) });
    }
  }

  /** Of several reasons the policy's own says more than that a resource has another type. */
  private decline(policy: string, reason: string, resources: number): void {
    const before = this.declined.get(policy) ?? { count: 0, reason };
    const better =
      before.reason.startsWith(OTHER_TYPE) || (!reason.startsWith(OTHER_TYPE) && reason < before.reason);
    this.declined.set(policy, { count: before.count + resources, reason: better ? reason : before.reason });
  }

  /** One entry for a policy that applies to no resource at all, instead of one for each resource. */
  private notApplicableReport(): readonly NotApplicable[] {
    const toNothing = [...this.declined].filter(([, { count }]) => count === this.asked);
    const names = new Set(toNothing.map(([policy]) => policy));
    return [
      ...this.notApplicable.filter(({ policy }) => !names.has(policy)),
      ...toNothing.map(([policy, { reason }]): NotApplicable => ({ policy, reason })),
    ].sort(by("policy", "urn", "reason"));
  }

  report(): PackReport {
    return {
      name: this.info.name,
      version: this.project.version ?? this.info.version,
      policies: [...this.info.policies].sort(by("name")).map((policy): PolicyInfo => ({
        name: policy.name,
        displayName: policy.displayName,
        description: policy.description,
        enforcementLevel: policy.enforcementLevel,
        severity: policy.severity,
        clauses: policy.frameworkReference.match(/\bB\d+\.\d+\b/g) ?? [],
        remediationSteps: policy.remediationSteps,
        url: policy.url,
        tags: policy.tags,
      })),
      violations: this.violations.sort(by("policy", "urn", "message")),
      notApplicable: this.notApplicableReport(),
    };
  }

  close(): void {
    this.client.close();
  }
}

const saysNothing = ({ diagnostics, notApplicable }: AnalyzeResponse): boolean =>
  diagnostics.length === 0 && notApplicable.every(({ reason }) => reason.startsWith(OTHER_TYPE));

/** A policy with several validations may say several times that it does not apply. */
const distinct = ({ notApplicable }: AnalyzeResponse): AnalyzeResponse["notApplicable"] =>
  notApplicable.length === 0
    ? notApplicable
    : [...new Map(notApplicable.map((entry) => [entry.policy, entry])).values()];

/** Compares by the texts under these keys, in this order; a missing one comes first. */
function by<K extends string>(...keys: readonly K[]) {
  return (left: { readonly [key in K]?: unknown }, right: { readonly [key in K]?: unknown }): number => {
    for (const key of keys) {
      const [first, second] = [String(left[key] ?? ""), String(right[key] ?? "")];
      if (first !== second) return first < second ? -1 : 1;
    }
    return 0;
  };
}

const call = (client: RpcClient, method: string, request: Buffer, onSent?: () => void): Promise<Buffer> =>
  client.call(`/pulumirpc.Analyzer/${method}`, request, onSent);

/** Every policy's level and the defaults of its configuration, over which the pack's own initial values go. */
function defaultConfig(info: AnalyzerInfo): ReadonlyMap<string, PolicyConfig> {
  const config = new Map<string, PolicyConfig>();
  for (const policy of info.policies) {
    const defaults: { [key: string]: Json } = {};
    for (const [name, schema] of Object.entries(
      policy.configProperties ? decodeStruct(policy.configProperties) : {},
    )) {
      if (isObject(schema) && schema["default"] !== undefined) defaults[name] = schema["default"];
    }
    const initial = info.initialConfig.get(policy.name);
    Object.assign(defaults, initial ? decodeStruct(initial.properties) : {});
    config.set(policy.name, {
      enforcementLevel: initial?.enforcementLevel ?? policy.enforcementLevel,
      properties: encodeStruct(defaults),
    });
  }
  return config;
}

/** The port that a pack prints when it has started. */
export function portOf(child: Child, errors: () => string, name: string, directory: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (got: string): void => {
      clearTimeout(timer);
      reject(
        new PreviewError({
          what: `the policy pack ${name} did not start`,
          got: got.replaceAll(directory, name),
          allowed: "a pack that prints its port",
          fix: "correct the pack; `npm ci` installs what it needs",
        }),
      );
    };
    const timer = setTimeout(() => refuse(`no port within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    let output = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
      const line = /^(\d+)\r?\n/.exec(output);
      if (!line) return;
      clearTimeout(timer);
      child.stdout.removeAllListeners("data").resume();
      resolve(Number(line[1]));
    });
    exited(child).then(
      (end) => refuse(`${errorLine(errors())} (ended with ${end})`),
      (error: Error) => refuse(error.message),
    );
  });
}

/** The line that names the error, without the stack trace around it. */
export function errorLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  return (
    lines.find((line) => /^(\w*Error\b|error:)/.test(line)) ??
    lines.find((line) => line !== "") ??
    "no message"
  );
}
