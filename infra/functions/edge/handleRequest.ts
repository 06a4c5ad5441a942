import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import { randomUUID } from "node:crypto";
import { asUuid, correlationHeaders } from "../correlation/correlation";
import { headerValues } from "../correlation/headers";
import { errorFields } from "../log/errors";
import { asRouteId } from "../log/fields";
import { breakerStates } from "../log/metrics";
import { problemAnswer } from "../problem";
import { StoreError } from "../store/store";
import type { ContractRoute } from "../validation/contractFacts";
import { bodyBytes, validateRequest, type ValidRequest } from "../validation/validateRequest";
import { readAgentAnswer, type AgentAnswer } from "./agentAnswer";
import type { Answer } from "./claims/answers";
import {
  Claims,
  upstreamKeyOf,
  type Admission,
  type Claim,
  type ClaimOutcome,
  type ClaimRequest,
  type CompleteOutcome,
} from "./claims/claims";
import { idsOf, readRequest, withHeaders, type EdgeRequest } from "./edgeEvent";
import { checkPorts, withStoreErrors, type EdgeAgent, type EdgePorts } from "./ports";
import { problems } from "./problems";
import { rateLimit, rateLimitPolicy } from "./rateLimit";
import { rateWarning } from "./rateWarning";
import { REPLAYED_HEADER, Turn, UNKNOWN_ID } from "./turn";
import { callUpstream } from "./upstream/callUpstream";
import type { UpstreamRequest } from "./upstream/httpsSender";

export type LambdaContext = Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">;
export type EdgeHandler = (
  event: APIGatewayProxyEvent,
  context: LambdaContext,
) => Promise<APIGatewayProxyResult>;

/**
 * The edge as Lambda calls it: README.md has the order of its steps and what each refuses with. Never throws: the
 * runtime would write what was thrown, message and all, to the log.
 *
 * @throws RangeError at once, when routes, quotas or options could not hold what the contract promises
 */
export function createEdge(ports: EdgePorts): EdgeHandler {
  checkPorts(ports);
  const edge = new Edge(ports);
  return (event, context) => edge.handle(event, context);
}

/** A request that may go to its agent, as far as it alone can tell. */
interface Admissible {
  readonly request: EdgeRequest;
  readonly valid: ValidRequest;
  readonly route: ContractRoute;
  readonly agent: EdgeAgent;
  readonly clientId: string;
  readonly quota: number;
}

type Result = APIGatewayProxyResult;

class Edge {
  readonly #claims: Claims;
  readonly #routes: ReadonlyMap<string, ContractRoute>;
  readonly #clockMs: () => number;
  #coldStart = true;

  constructor(private readonly ports: EdgePorts) {
    const { timing, store, objects, newToken, options } = ports;
    this.#claims = new Claims(
      { store, objects: withStoreErrors(objects), newToken, nowMs: () => timing.nowMs() },
      options.claims,
    );
    this.#routes = new Map(ports.routes.map((route) => [route.id, route]));
    this.#clockMs = ports.clockMs ?? (() => performance.now());
  }

  async handle(event: unknown, context: LambdaContext): Promise<Result> {
    try {
      const startMs = this.#clockMs();
      const remainingMs = context.getRemainingTimeInMillis();
      const turn = this.#begin(event, context.awsRequestId, remainingMs);
      const answer = await this.#inTime(turn, event, remainingMs);
      turn.over = true;
      // Whatever the answer is, and the wait that it asks for itself before the firewall's.
      const result = { ...answer, headers: { ...rateWarning(withHeaders(event)), ...answer.headers } };
      const { store, agent } = turn.spentMs;
      turn.line.set({ status: result.statusCode, responseBytes: Buffer.byteLength(result.body) });
      // By route: a line without one cannot carry them.
      if (turn.routed)
        turn.line.measure({
          EdgeLatency: Math.max(0, this.#clockMs() - startMs - store - agent),
          StoreLatency: store,
          UpstreamLatency: agent,
          Outcomes: 1,
        });
      turn.line.end();
      return result;
    } catch {
      // No line could be written: what is left is the answer, which the gateway counts as a 5xx.
      return bareFault();
    }
  }

  #begin(event: unknown, awsRequestId: string, remainingMs: number): Turn {
    const { log, timing, newUuid = randomUUID, options } = this.ports;
    const line = log.begin();
    const ids = idsOf(event, newUuid);
    line.set({ ...ids, invocationId: asUuid(awsRequestId), coldStart: this.#coldStart });
    this.#coldStart = false;
    const deadlineMs = timing.nowMs() + remainingMs - options.completionReserveMs;
    return new Turn(ids, line, deadlineMs, this.#clockMs, options.retryAfterSeconds);
  }

  /** An answer in time, whatever a port does: killed at its timeout, the function would leave neither answer nor line. */
  async #inTime(turn: Turn, event: unknown, remainingMs: number): Promise<Result> {
    const { timing, options } = this.ports;
    const done = new AbortController();
    const late = timing
      .sleep(Math.max(0, remainingMs - options.lastWordMs), done.signal)
      .then(() => "late" as const);
    const first = await Promise.race([this.#answer(turn, event), late]);
    // With a reason: without one, an exception with a stack trace is made for each request.
    done.abort("answered");
    if (first !== "late") return first;
    turn.over = true;
    return turn.refuse(turn.waitingFor === "store" ? "store-unavailable" : "agent-timeout");
  }

  async #answer(turn: Turn, event: unknown): Promise<Result> {
    try {
      const admissible = this.#judge(turn, event);
      return "statusCode" in admissible ? admissible : await this.#run(turn, admissible);
    } catch (error) {
      return turn.fault(error, isStoreFailure(error) ? "store-unavailable" : "fault");
    }
  }

  /** All that can be refused without asking anybody. */
  #judge(turn: Turn, event: unknown): Admissible | Result {
    const { agents, monthlyQuotas, validators } = this.ports;
    const request = readRequest(event);
    if (request === undefined) return turn.refuse("broken-event");

    const route = this.#routes.get(request.route);
    const agent = agents.get(request.domain);
    turn.routed = route !== undefined;
    turn.line.set({
      route: asRouteId(route?.id),
      agentId: this.ports.log.agentId(agent?.id),
      clientId: this.ports.log.clientId(request.clientId),
      requestBytes: bodyBytes(request),
    });
    if (route === undefined || agent === undefined || !agent.paths.includes(route.path))
      return turn.refuse("no-such-route");

    const { clientId } = request;
    // Whoever comes here was let in by the authorizer, so that it is missing is our own mistake.
    if (clientId === undefined) {
      turn.line.measure({ Faults: 1 });
      return turn.refuse("no-identity");
    }
    const quota = monthlyQuotas.get(clientId);
    if (quota === undefined) return turn.refuse("access-denied");

    const valid = validateRequest(route, validators, request);
    if (valid.kind === "invalid") {
      const { code, detail, errors } = valid;
      return turn.refuse(code, { detail, errors });
    }
    // The subject is the authorizer's; a header that says another was not judged by it.
    if (headerValues(request, SUBJECT_HEADER)[0] !== request.subject) return turn.refuse("access-denied");
    return { request, valid, route, agent, clientId, quota };
  }

  async #run(turn: Turn, admissible: Admissible): Promise<Result> {
    const { agent, route, request, valid, clientId } = admissible;
    const { breaker } = agent.upstream;
    const wanted: ClaimRequest = {
      clientId,
      subject: request.subject,
      route: route.id,
      idempotencyKey: valid.headers[KEY_HEADER] ?? "",
      agentId: agent.id,
      contentType: valid.contentType,
      body: JSON.stringify(valid.value),
      lockResource: lockResourceOf(route, valid.value),
    };
    const refused = await this.#lookAtBreaker(turn, agent);
    if (refused !== undefined) {
      // What was answered before is answered again, whether its agent is cut off or not (B3.1).
      const known = await turn.wait("store", () => this.#claims.recall(wanted));
      return known === undefined ? refused() : this.#answerClaimed(turn, known, admissible.quota);
    }

    const [outcome] = await turn.wait("store", () =>
      Promise.all([
        this.#claims.claim(wanted),
        // Takes the breaker's read out of the call's way: a copy that ended between here and there would cost a round
        // trip more, after claim and count.
        breaker.refresh(agent.id, turn.deadlineMs, agent.upstream.settings.breaker.cacheMs / 2),
      ]),
    );
    return outcome.kind === "fresh"
      ? this.#runClaim(turn, admissible, outcome.claim)
      : this.#answerClaimed(turn, outcome, admissible.quota);
  }

  /** The refusal, to be given, while the agent is cut off; by a fresh copy of the breaker. */
  async #lookAtBreaker(turn: Turn, agent: EdgeAgent): Promise<(() => Result) | undefined> {
    const { breaker } = agent.upstream;
    if (breaker.look(agent.id).refusal !== undefined)
      await turn.wait("store", () => breaker.refresh(agent.id, turn.deadlineMs));
    const { state, refusal } = breaker.look(agent.id);
    turn.line.measure({ BreakerState: breakerStates[state] });
    return refusal === undefined
      ? undefined
      : () => turn.refuse("agent-cut-off", { retryAfterSeconds: wholeSeconds(refusal.retryAfterMs) });
  }

  async #runClaim(turn: Turn, admissible: Admissible, claim: Claim): Promise<Result> {
    const { agent, quota } = admissible;
    if (claim.inherited) turn.line.measure({ Takeovers: 1 });
    // What was learnt meanwhile: still before anything is counted.
    const refused = await this.#lookAtBreaker(turn, agent);
    const tooLate =
      turn.over || turn.deadlineMs - this.ports.timing.nowMs() < agent.upstream.settings.retry.minimumTryMs;
    if (refused !== undefined || tooLate) {
      await this.#release(turn, claim, "retry-now");
      return refused?.() ?? turn.refuse("agent-timeout");
    }

    const admission = await turn.wait("store", () => this.#claims.admit(claim, quota));
    turn.line.measure({ QuotaUse: (100 * (quota - admission.remaining)) / quota });
    if (!admission.admitted) return this.#overQuota(turn, admission);
    if (turn.over) {
      await this.#withdraw(turn, claim, admission);
      return turn.refuse("agent-timeout");
    }
    try {
      const answer = await this.#callAgent(turn, admissible, claim);
      return await this.#settle(turn, claim, answer, admission);
    } catch (error) {
      // Something was sent. Unless the table itself is what failed, its record may be taken over at once.
      if (!(error instanceof StoreError && error.step.startsWith("complete")))
        await this.#release(turn, claim, "in-doubt");
      throw error;
    }
  }

  async #callAgent(turn: Turn, admissible: Admissible, claim: Claim): Promise<AgentAnswer> {
    const { agent, route } = admissible;
    const { breaker } = agent.upstream;
    const before = breaker.look(agent.id).state;
    const result = await turn.wait("agent", () =>
      callUpstream(agent.upstream, toAgent(turn, admissible, claim), turn.deadlineMs),
    );
    const after = breaker.look(agent.id).state;
    const { outcome, tries } = result;
    turn.line.set({
      attempts: tries,
      upstreamStatus: outcome.kind === "answer" ? outcome.status : undefined,
    });
    turn.line.measure({
      Retries: Math.max(0, tries - 1),
      BreakerState: breakerStates[after],
      ...(after === "open" && before !== "open" ? { BreakerOpenings: 1 } : {}),
    });
    return readAgentAnswer(result, route, this.ports.timing.nowMs(), claim.inherited);
  }

  /** Keeps what is final, gives back what is not, and answers. */
  async #settle(turn: Turn, claim: Claim, answer: AgentAnswer, admission: Admission): Promise<Result> {
    if (answer.kind === "problem") {
      const { code, disposition, sent } = answer;
      const counted = sent ? admission : await this.#withdraw(turn, claim, admission);
      if (sent) await this.#release(turn, claim, disposition);
      // With a lock nothing can be done about it before the lease is over.
      const leaseLeftMs = claim.leaseUntilMs - this.ports.timing.nowMs();
      const held = disposition === "in-doubt" && claim.lockId !== undefined && leaseLeftMs > 0;
      const retryAfterSeconds = held ? wholeSeconds(leaseLeftMs) : answer.retryAfterSeconds;
      return turn.refuse(code, {
        headers: this.#quotaHeaders(counted),
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      });
    }
    const kept: Answer =
      answer.kind === "success"
        ? { ...answer, isBase64Encoded: false }
        : toAnswer(turn.problem("agent-refused", { ...answer.words, status: answer.status }));
    const stored = await turn.wait("store", () => this.#claims.complete(claim, kept));
    if (stored.kind !== "stored") return this.#answerClaimed(turn, stored, undefined);
    turn.line.set({ outcome: "answered" });
    return turn.answer(kept, this.#quotaHeaders(admission));
  }

  #answerClaimed(
    turn: Turn,
    outcome: Exclude<ClaimOutcome, { kind: "fresh" }> | Exclude<CompleteOutcome, { kind: "stored" }>,
    quota: number | undefined,
  ): Result {
    switch (outcome.kind) {
      case "replay": {
        turn.line.set({ outcome: "replayed" });
        turn.line.measure({ Replays: 1 });
        const policy = quota === undefined ? {} : rateLimitPolicy(quota, this.ports.timing.nowMs());
        return turn.answer(outcome.answer, { [REPLAYED_HEADER]: "true", ...policy });
      }
      case "mismatch":
        turn.line.measure({ Mismatches: 1 });
        return turn.refuse("idempotency-key-reused");
      case "in-flight":
        turn.line.measure({ Conflicts: 1 });
        return turn.refuse("request-in-flight", { retryAfterSeconds: outcome.retryAfterSeconds });
      case "locked":
        turn.line.measure({ LockWaits: 1 });
        return turn.refuse("resource-locked", { retryAfterSeconds: outcome.retryAfterSeconds });
    }
  }

  #overQuota(turn: Turn, admission: Admission): Result {
    turn.line.measure({ QuotaRefusals: 1 });
    const reset = new Date(admission.resetMs).toISOString();
    return turn.refuse("quota-exceeded", {
      detail: `The month's quota of ${admission.quota} requests is used up; it begins again at ${reset}.`,
      retryAfterSeconds: admission.resetSeconds,
      headers: this.#quotaHeaders(admission),
    });
  }

  #quotaHeaders({ quota, remaining, resetSeconds }: Admission): Readonly<Record<string, string>> {
    return {
      ...rateLimitPolicy(quota, this.ports.timing.nowMs()),
      ...rateLimit(remaining, resetSeconds),
    };
  }

  /** What cannot be given back ends with its lease: that changes no answer, and stands in the line. */
  async #release(turn: Turn, claim: Claim, how: "retry-now" | "in-doubt"): Promise<void> {
    try {
      await turn.wait("store", () => this.#claims.release(claim, how));
    } catch (error) {
      turn.line.set(errorFields(error));
    }
  }

  /**
   * Nothing was sent: gives claim and lock back, and the count with them. One that the table does not take back stays.
   *
   * @returns the admission as it stands now
   */
  async #withdraw(turn: Turn, claim: Claim, admission: Admission): Promise<Admission> {
    const [withdrawn, released] = await turn.wait("store", () =>
      Promise.allSettled([this.#claims.withdraw(claim, admission), this.#claims.release(claim, "retry-now")]),
    );
    for (const each of [withdrawn, released])
      if (each.status === "rejected") turn.line.set(errorFields(each.reason));
    return withdrawn.status === "fulfilled" ? withdrawn.value : admission;
  }
}

const KEY_HEADER = "Idempotency-Key";
const SUBJECT_HEADER = "X-Subject";

const wholeSeconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

/** Also the two errors of a count that failed and a claim that could not be given back. */
const isStoreFailure = (error: unknown): boolean =>
  error instanceof StoreError ||
  (error instanceof AggregateError && error.errors.every((each) => each instanceof StoreError));

/** @returns e.g. `avatar/av_12345678` */
function lockResourceOf({ lockPointer, path }: ContractRoute, body: unknown): string | undefined {
  if (lockPointer === null) return undefined;
  const value = lockPointer
    .split("/")
    .slice(1)
    .reduce<unknown>(
      (at, step) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, step)
          ? (at as Readonly<Record<string, unknown>>)[step]
          : undefined,
      body,
    );
  if (typeof value !== "string")
    throw new TypeError(
      "lock: got no text in the body; allowed: a required text; fix: see the contract's x-fase-b-lock",
    );
  return `${path.slice(1)}/${value}`;
}

/**
 * What the agent is sent: no header of the caller's. The body is what was validated, written anew, since two readers
 * of one JSON text need not see the same value in it (a property twice, for one).
 */
function toAgent(turn: Turn, admissible: Admissible, claim: Claim): UpstreamRequest {
  const { route, valid, request, clientId } = admissible;
  return {
    method: route.method,
    path: route.path,
    headers: {
      "content-type": valid.contentType,
      accept: [...new Set([...Object.values(route.successes).flat(), "application/problem+json"])].join(", "),
      "x-client-id": clientId,
      ...(request.subject === undefined ? {} : { "x-subject": request.subject }),
      ...correlationHeaders(turn.ids),
    },
    body: Buffer.from(JSON.stringify(valid.value)),
    correlationId: turn.ids.correlationId,
    // A quoted string, as the contract's own.
    idempotencyKey: `"${upstreamKeyOf(claim)}"`,
    fencingNumber: claim.fence,
  };
}

/** A problem as it is kept: without what belongs to one request. */
function toAnswer({ statusCode, headers = {}, body }: Result): Answer {
  const kept = ["Content-Type", "Retry-After"].flatMap((name): [string, string][] =>
    headers[name] === undefined ? [] : [[name, String(headers[name])]],
  );
  return { status: statusCode, headers: Object.fromEntries(kept), body, isBase64Encoded: false };
}

function bareFault(): Result {
  const { status, title, detail } = problems.fault;
  const { statusCode, headers, body } = problemAnswer({
    status,
    code: "fault",
    title,
    detail,
    extendedRequestId: UNKNOWN_ID,
    correlationId: randomUUID(),
  });
  return { statusCode, headers: { ...headers }, body };
}
