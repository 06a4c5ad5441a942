import { LocalError } from "../errors";

/** How a stub agent behaves from now on. */
export interface Behaviour {
  /** Before each answer: at least, at most. */
  readonly latencyMs: readonly [number, number];
  /** Of the requests this share fails, 0 to 100. */
  readonly failPercent: number;
  readonly failure: Failure;
}

/**
 * `status`: answers 500 and does nothing. `lost`: does what was asked and breaks the connection, so that the caller
 * can't know. `outage`: breaks every connection before it reads. `silence`: reads and never answers. `garbage`: answers
 * 200 with what is no JSON.
 */
export const failures = ["status", "lost", "outage", "silence", "garbage"] as const;
export type Failure = (typeof failures)[number];

export const healthy: Behaviour = { latencyMs: [0, 0], failPercent: 0, failure: "status" };

/** What can be asked for, as texts of the command line or of the admin's query. */
export interface BehaviourTexts {
  readonly latency?: string;
  readonly fail?: string;
  readonly how?: string;
}

const MAX_LATENCY_MS = 120_000;

/** Changes what was named and keeps the rest. */
export function changed(before: Behaviour, texts: BehaviourTexts): Behaviour {
  const failure = texts.how === undefined ? before.failure : readFailure(texts.how);
  // To say how it fails and not how often means always.
  const implied = texts.how !== undefined && texts.fail === undefined ? 100 : before.failPercent;
  return {
    latencyMs: texts.latency === undefined ? before.latencyMs : readLatency(texts.latency),
    failPercent: texts.fail === undefined ? implied : readPercent(texts.fail),
    failure,
  };
}

function readLatency(text: string): readonly [number, number] {
  const [, low = "", high = low] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? [];
  const range = [Number(low), Number(high)] as const;
  if (low === "" || range[0] > range[1] || range[1] > MAX_LATENCY_MS)
    throw refused(
      "--latency",
      text,
      `milliseconds up to ${MAX_LATENCY_MS}, or a range of them`,
      "--latency 500 or --latency 100-500",
    );
  return range;
}

function readPercent(text: string): number {
  const [, digits = ""] = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (digits === "" || percent > 100) throw refused("--fail", text, "0% to 100%", "--fail 100%");
  return percent;
}

function readFailure(text: string): Failure {
  const found = failures.find((failure) => failure === text);
  if (found === undefined) throw refused("--how", text, failures.join(", "), "--how lost");
  return found;
}

const refused = (what: string, got: string, allowed: string, example: string): LocalError =>
  new LocalError({ what, got: JSON.stringify(got), allowed, fix: `write ${example}` });
