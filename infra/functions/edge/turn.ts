import type { APIGatewayProxyResult } from "aws-lambda";
import { correlationHeaders } from "../correlation/correlation";
import { errorFields } from "../log/errors";
import type { RequestLog } from "../log/log";
import { problemAnswer, type ProblemDetail } from "../problem";
import type { AgentWords } from "./agentAnswer";
import type { Answer } from "./claims/answers";
import type { RequestIds } from "./edgeEvent";
import { isWaitStatus, problems, type ProblemCode } from "./problems";

/** Stands in the answer where the gateway's id is missing; the contract's `Problem` wants one. */
export const UNKNOWN_ID = "unknown";
export const REPLAYED_HEADER = "Idempotency-Replayed";

export type Headers = Readonly<Record<string, string>>;

export interface ProblemOptions extends AgentWords {
  /** Another status than the code's own: an agent's. */
  readonly status?: number;
  readonly errors?: readonly ProblemDetail[];
  readonly retryAfterSeconds?: number;
  readonly headers?: Headers;
}

/** One request on its way: its ids, its log line, its time. */
export class Turn {
  /** What is being waited for, so that it can be told whose slowness it was. */
  waitingFor: "store" | "agent" | undefined;
  /** The contract has its route. */
  routed = false;
  /** The caller has its answer: whatever still runs begins nothing new. */
  over = false;
  /** Ms spent waiting for each. */
  readonly spentMs = { store: 0, agent: 0 };

  constructor(
    readonly ids: RequestIds,
    readonly line: RequestLog,
    /** By this instant the agent's answer is needed; ms since the epoch. */
    readonly deadlineMs: number,
    private readonly clockMs: () => number,
    private readonly defaultRetryAfterSeconds: number,
  ) {}

  /** Waits for something outside of this function, and counts how long. */
  async wait<T>(what: "store" | "agent", run: () => Promise<T>): Promise<T> {
    const startMs = this.clockMs();
    this.waitingFor = what;
    try {
      return await run();
    } finally {
      this.waitingFor = undefined;
      this.spentMs[what] += this.clockMs() - startMs;
    }
  }

  /** A refusal, in the log's words and the contract's. */
  refuse(code: ProblemCode, options: ProblemOptions = {}): APIGatewayProxyResult {
    this.line.set({ outcome: problems[code].outcome });
    return this.problem(code, options);
  }

  problem(code: ProblemCode, options: ProblemOptions = {}): APIGatewayProxyResult {
    const { title, detail } = problems[code];
    const status = options.status ?? problems[code].status;
    const waits = isWaitStatus(status) || options.retryAfterSeconds !== undefined;
    const answer = problemAnswer({
      status,
      code: options.code ?? code,
      title: options.title ?? title,
      detail: options.detail ?? detail,
      extendedRequestId: this.ids.extendedRequestId ?? UNKNOWN_ID,
      correlationId: this.ids.correlationId,
      errors: options.errors,
      ...(waits ? { retryAfterSeconds: options.retryAfterSeconds ?? this.defaultRetryAfterSeconds } : {}),
    });
    return { ...answer, headers: { ...answer.headers, ...options.headers } };
  }

  /** An answer as it is kept, with what belongs to this request alone. */
  answer({ status, headers, body, isBase64Encoded }: Answer, more: Headers): APIGatewayProxyResult {
    return {
      statusCode: status,
      headers: {
        ...headers,
        "Cache-Control": "no-store",
        ...correlationHeaders(this.ids),
        ...more,
      },
      body,
      isBase64Encoded,
    };
  }

  /** A fault of ours: class and code of what was thrown go to the log, the rest nowhere. */
  fault(error: unknown, code: ProblemCode = "fault"): APIGatewayProxyResult {
    this.line.set(errorFields(error));
    if (problems[code].outcome === "fault") this.line.measure({ Faults: 1 });
    return this.refuse(code);
  }
}
