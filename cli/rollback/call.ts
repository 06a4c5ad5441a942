import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { resolve } from "node:path";
import { codeOf } from "../wholeFile";
import { UsageError } from "../usageError";
import type { CallOptions } from "./options";

/** One call of the gateway, as a client makes it. */
export type Call = (interrupted?: AbortSignal) => Promise<CallResult>;

export interface CallResult {
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  /** Why there was none. */
  readonly code?: string;
}

export interface Calls {
  readonly domain: string;
  readonly route: string;
  readonly made: number;
  readonly failed: number;
  /** By status, or by what came in its place. */
  readonly answers: Readonly<Record<string, number>>;
  /** So many of the last calls were good, one after the other. */
  readonly goodInARow: number;
  readonly answered: boolean;
  /** Somebody could not wait for the end. */
  readonly cutShort: boolean;
}

export interface CallTiming {
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborted where nobody waits any longer; what was done is still recorded. */
  readonly interrupted?: AbortSignal;
}

/** A stage is changed in many places, one after the other: one good answer may be of a place that is ahead. */
export const GOOD_IN_A_ROW = 5;
const PAUSE_MS = 500;
const CALL_TIMEOUT_MS = 30_000;

/** Calls until the last answers were good, or the time is up. */
export async function callUntilGood(
  call: Call,
  {
    domain,
    route,
    expect,
    waitSeconds,
  }: { readonly domain: string } & Pick<CallOptions, "route" | "expect" | "waitSeconds">,
  { nowMs, sleep, interrupted }: CallTiming,
): Promise<Calls> {
  const stopped = abortOf(interrupted);
  const endMs = nowMs() + waitSeconds * 1_000;
  const answers: Record<string, number> = {};
  let [made, failed, goodInARow] = [0, 0, 0];
  while (goodInARow < GOOD_IN_A_ROW && (made === 0 || nowMs() < endMs)) {
    if (made > 0) await Promise.race([sleep(PAUSE_MS), stopped]);
    const result =
      interrupted?.aborted === true ? undefined : await Promise.race([call(interrupted), stopped]);
    if (result === undefined) break;
    const { status, code = "no answer" } = result;
    const said = status === undefined ? code : String(status);
    answers[said] = (answers[said] ?? 0) + 1;
    const good = status !== undefined && expect.includes(status);
    made += 1;
    failed += good ? 0 : 1;
    goodInARow = good ? goodInARow + 1 : 0;
  }
  const answered = goodInARow >= GOOD_IN_A_ROW;
  const cutShort = !answered && interrupted?.aborted === true;
  return { domain, route, made, failed, answers, goodInARow, answered, cutShort };
}

const abortOf = (signal: AbortSignal | undefined): Promise<undefined> =>
  new Promise((resolve) => signal?.addEventListener("abort", () => resolve(undefined), { once: true }));

/**
 * The call of a client, over mutual TLS.
 *
 * @param from the folder that paths count from
 * @throws UsageError for a file that cannot be read, before anything is changed
 */
export function clientCall(options: CallOptions, domain: string, from: string): Call {
  const file = (option: string, path: string): Buffer => {
    try {
      return readFileSync(resolve(from, path));
    } catch (error) {
      throw new UsageError(
        `--${option}: got ${path}, which can't be read (${codeOf(error)}); allowed: a file; fix: name one that is there`,
      );
    }
  };
  const cert = file("client-cert", options.clientCert);
  const key = file("client-key", options.clientKey);
  const apiKey = keyIn(file("api-key", options.apiKey).toString("utf8"));
  const ca = options.ca === undefined ? undefined : file("ca", options.ca);
  const body =
    options.body === undefined
      ? JSON.stringify({ messages: [{ role: "user", content: "ping" }] })
      : file("body", options.body);
  const [method = "", path = ""] = options.route.split(" ");
  const [host = domain, port = "443"] = options.connect?.split(":") ?? [];
  return (interrupted) =>
    new Promise((done) => {
      const outgoing = request(
        {
          host,
          port: Number(port),
          servername: domain,
          method,
          path,
          cert,
          key,
          ...(ca === undefined ? {} : { ca }),
          ...(interrupted === undefined ? {} : { signal: interrupted }),
          // Each call is a handshake of its own, as that of a client that comes anew.
          agent: false,
          headers: {
            host: domain,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            "x-api-key": apiKey,
            // Another key each time: a stored answer would be no sign of life.
            "idempotency-key": randomUUID(),
          },
        },
        (answer) => {
          answer.resume();
          answer.once("end", () => done({ status: answer.statusCode }));
          answer.once("error", (error) => done({ status: undefined, code: codeOf(error) }));
        },
      );
      outgoing.setTimeout(CALL_TIMEOUT_MS, () =>
        outgoing.destroy(Object.assign(new Error("late"), { code: "ETIMEDOUT" })),
      );
      outgoing.once("error", (error) => done({ status: undefined, code: codeOf(error) }));
      outgoing.end(body);
    });
}

/** Nothing of the file is ever in a message. */
function keyIn(text: string): string {
  const key = text.trim().replace(/^x-api-key:\s*/i, "");
  if (/^[\x21-\x7e]{20,128}$/.test(key)) return key;
  throw new UsageError(
    '--api-key: got a file without a key; allowed: the key of 20 to 128 characters, alone or as "x-api-key: …"; fix: name the client\'s file',
  );
}
