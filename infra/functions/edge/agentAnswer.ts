import type { ContractRoute } from "../validation/contractFacts";
import { dispositionOf, type Disposition, type UpstreamResult } from "./claims/answers";
import type { ProblemCode } from "./problems";
import type { CallResult } from "./upstream/callUpstream";
import type { UpstreamAnswer } from "./upstream/outcome";
import { parseRetryAfter } from "./upstream/retryAfter";

/** What an agent's refusal says, where it has the contract's form; ids are ours to add. */
export interface AgentWords {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
}

/** What becomes of a call: what the client gets, and what its key and lock do. */
export type AgentAnswer =
  /** The agent's success, kept for every repeat. */
  | {
      readonly kind: "success";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The agent's refusal of this request, kept as well. */
  | { readonly kind: "refusal"; readonly status: number; readonly words: AgentWords }
  | {
      readonly kind: "problem";
      readonly code: ProblemCode;
      readonly disposition: Exclude<Disposition, "store">;
      /** Whether anything of it may have reached the agent: else it does not count. */
      readonly sent: boolean;
      readonly retryAfterSeconds?: number;
    };

/** Of an agent's headers these reach the client; all others are its own affair. */
const PASSED_ON = ["content-type", "content-language"];

/**
 * Lambda's answers end at 6 MB, in which the body stands as a JSON text; the rest is for headers, of which the gateway takes 10 KB.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const LARGEST_BODY_TEXT_BYTES = 6_291_456 - 65_536;
/** At worst each byte is written in six: `\u0000`. */
const LONGEST_ESCAPE = 6;

/**
 * - A success of the contract, in one of its media types, is passed on.
 * - 400, 409, 413, 415 and 422 speak of the request and are passed on as problems, with the agent's words where it
 *   wrote problem details. 401, 403 and every status that the contract does not name speak of something else, our
 *   right to call it say, and are 502.
 * - A 409 where an earlier try or request under the same key may have been sent speaks of that one, which still runs, and is
 *   not the last word (draft-ietf-httpapi-idempotency-key-header, section 2.6).
 * - 5xx, garbage and broken connections are 502, what could not be reached 503, what came too late 504.
 *
 * @param isRepeat an earlier request under the same upstream key may have been sent
 */
export function readAgentAnswer(
  result: CallResult,
  route: ContractRoute,
  nowMs: number,
  isRepeat: boolean,
): AgentAnswer {
  const { outcome } = result;
  const isTriedAgain = result.tries > 1 && result.sent;
  const disposition = (code: ProblemCode, last: UpstreamResult, retryAfterMs?: number): AgentAnswer => {
    // What earlier tries did is not told; those that were sent may have had their effect.
    const kept = dispositionOf(last, isTriedAgain ? [{ kind: "unknown" }] : []);
    return {
      kind: "problem",
      code,
      sent: result.sent,
      // An answer of the contract's that cannot be passed on: asking again may bring one that can.
      disposition: kept === "store" ? "in-doubt" : kept,
      ...(retryAfterMs === undefined
        ? {}
        : { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) }),
    };
  };
  switch (outcome.kind) {
    case "answer":
      return readAnswer(outcome);
    case "refused":
      return disposition("agent-cut-off", { kind: "not-sent" }, outcome.retryAfterMs);
    case "no-time":
      return disposition("agent-timeout", { kind: "not-sent" });
    case "timeout":
      return disposition("agent-timeout", { kind: outcome.sent ? "unknown" : "not-sent" });
    case "connection":
      return outcome.sent
        ? disposition("agent-failed", { kind: "unknown" })
        : disposition("agent-unreachable", { kind: "not-sent" });
    case "tls":
      return disposition("agent-unreachable", { kind: "not-sent" });
    case "garbage":
      return disposition("agent-answer-unusable", { kind: "unknown" });
    case "unsendable":
      return disposition("fault", { kind: "not-sent" });
  }

  function readAnswer(answer: UpstreamAnswer): AgentAnswer {
    const { status } = answer;
    const last: UpstreamResult = { kind: "answered", status };
    const waitMs = parseRetryAfter(answer.headers["retry-after"], nowMs);
    if (status === 429) return disposition("agent-throttled", last, waitMs);
    if (status === 503) return disposition("agent-unreachable", last, waitMs);
    if (status === 504) return disposition("agent-timeout", last);
    if (status >= 500) return disposition("agent-failed", last);
    if (status === 409 && (isRepeat || isTriedAgain)) return disposition("request-in-flight", last, waitMs);
    if (REFUSALS.has(status) && route.statuses.includes(status))
      return { kind: "refusal", status, words: wordsOf(answer) };
    const mediaTypes = Object.hasOwn(route.successes, String(status))
      ? (route.successes[String(status)] ?? [])
      : [];
    const body = decode(answer.body);
    if (!mediaTypes.includes(mediaTypeOf(answer)) || body === undefined || body === "" || isTooLong(body))
      return disposition("agent-answer-unusable", last);
    const headers = PASSED_ON.flatMap((name): [string, string][] => {
      const value = answer.headers[name];
      return value === undefined ? [] : [[name, value]];
    });
    return { kind: "success", status, headers: Object.fromEntries(headers), body };
  }
}

const REFUSALS = new Set([400, 409, 413, 415, 422]);

const mediaTypeOf = ({ headers }: UpstreamAnswer): string =>
  (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

const isTooLong = (body: string): boolean =>
  body.length * LONGEST_ESCAPE > LARGEST_BODY_TEXT_BYTES &&
  Buffer.byteLength(JSON.stringify(body)) > LARGEST_BODY_TEXT_BYTES;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    // Event streams too are UTF-8 by definition; anything else cannot be handed on as text.
    return undefined;
  }
}

/** The contract's bounds of `Problem`. */
const words = {
  code: (value: string): boolean => /^[a-z][a-z0-9-]{2,63}$/.test(value),
  title: (value: string): boolean => value.length >= 1 && value.length <= 128,
  detail: (value: string): boolean => value.length >= 1 && value.length <= 512,
};

function wordsOf(answer: UpstreamAnswer): AgentWords {
  if (mediaTypeOf(answer) !== "application/problem+json") return {};
  let problem: unknown;
  try {
    problem = JSON.parse(decode(answer.body) ?? "");
  } catch {
    // No words then: the status says enough.
    return {};
  }
  if (typeof problem !== "object" || problem === null) return {};
  const entries = Object.entries(words).flatMap(([name, fits]): [string, string][] => {
    const value = (problem as Readonly<Record<string, unknown>>)[name];
    return typeof value === "string" && fits(value) ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}
