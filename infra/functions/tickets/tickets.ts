import { createHash } from "node:crypto";
import { absent, all, any, is, parameter, type Item, type Store } from "../store/store";
import { isTicket, subprotocolsOf } from "./subprotocols";

export interface TicketsPorts {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  /** 32 unguessable bytes, e.g. `() => crypto.randomBytes(32)`. */
  readonly random32Bytes: () => Uint8Array;
  /** `crypto.randomUUID` outside of tests. */
  readonly newUuid: () => string;
}

export interface TicketsOptions {
  readonly table: string;
  /** The most that two instances' clocks differ. */
  readonly skewAllowanceMs: number;
}

/** From its issue, by any clock within the allowance: never longer, at most twice the allowance shorter. */
export const ticketLifetimeMs = 30_000;
/** TTL only cleans up, and late at that: nothing relies on it. */
const cleanUpAfterMs = 3_600_000;

/** What the session will be; nothing that is said on the connection changes it. */
export interface TicketGrant {
  readonly clientId: string;
  /** The client's user, an opaque id. */
  readonly subject: string;
  readonly agentId: string;
  /** Of the request that issued the ticket, so that the session can be followed from there. */
  readonly correlationId: string;
  readonly language: string;
  readonly voice?: string | undefined;
  readonly encoding: string;
  readonly sampleRateHz: number;
  readonly maxDurationSeconds: number;
}

export interface RedeemedTicket extends TicketGrant {
  readonly sessionId: string;
}

/** The contract's `VoiceTicket`. */
export interface IssuedTicket {
  readonly ticket: string;
  readonly sessionId: string;
  readonly expiresAt: string;
  readonly url: string;
  readonly subprotocols: readonly [string, string];
}

/** Safe to repeat after a lost answer: the second time the same item takes its own place. */
const isUnusedOrOurs = any(absent("id"), is("sessionId", "=", parameter("sessionId")));
const isRedeemable = all(
  is("agentId", "=", parameter("agentId")),
  is("expiresAtMs", ">", parameter("latestNowMs")),
);

/** One-time tickets: see README.md for what they guarantee. */
export class Tickets {
  constructor(
    private readonly ports: TicketsPorts,
    private readonly options: TicketsOptions,
  ) {
    const { skewAllowanceMs } = options;
    if (!(skewAllowanceMs >= 0 && 2 * skewAllowanceMs < ticketLifetimeMs))
      throw new RangeError(
        `clocks' difference: got ${skewAllowanceMs} ms; allowed: 0 to ${ticketLifetimeMs / 2 - 1}; fix: state the real one`,
      );
  }

  /**
   * @param domain the agent's, e.g. `voice-01.staging.example.com`
   * @throws StoreError nothing was issued that anybody knows of
   * @throws Error when the port gives another number of bytes, or the same twice
   */
  async issue(grant: TicketGrant, domain: string): Promise<IssuedTicket> {
    const bytes = this.ports.random32Bytes();
    if (bytes.length !== 32)
      throw new Error(
        `ticket: got ${bytes.length} random bytes; allowed: 32; fix: use crypto.randomBytes(32)`,
      );
    const ticket = Buffer.from(bytes).toString("base64url");
    const sessionId = this.ports.newUuid();
    const expiresAtMs = this.ports.nowMs() + ticketLifetimeMs;
    const { voice, ...fields } = grant;
    const item: Item = {
      ...fields,
      ...(voice === undefined ? {} : { voice }),
      id: idOf(ticket),
      sessionId,
      expiresAtMs,
      expiresAtSeconds: Math.ceil((expiresAtMs + cleanUpAfterMs) / 1000),
    };
    const result = await this.ports.store.write("issue-ticket", [
      {
        kind: "put",
        table: this.options.table,
        item,
        condition: isUnusedOrOurs,
        parameters: { sessionId },
      },
    ]);
    if (!result.done)
      throw new Error(
        "ticket: got bytes that were used before; allowed: new ones; fix the port of random bytes",
      );
    return {
      ticket,
      sessionId,
      expiresAt: new Date(expiresAtMs).toISOString(),
      url: `wss://${domain}/realtime-voice`,
      subprotocols: subprotocolsOf(ticket),
    };
  }

  /**
   * Consumes a ticket with one conditional deletion. Its lifetime and its agent are part of the condition, so that a
   * ticket at the wrong agent's domain is neither honoured nor lost.
   *
   * @returns `undefined` for one that is unknown, used, too old or another agent's: nobody is told which
   * @throws StoreError it may have been consumed: the caller gets a new one
   */
  async redeem(ticket: string, agentId: string): Promise<RedeemedTicket | undefined> {
    if (!isTicket(ticket)) return undefined;
    const { table, skewAllowanceMs } = this.options;
    const nowMs = this.ports.nowMs();
    const result = await this.ports.store.write("redeem-ticket", [
      {
        kind: "delete",
        table,
        id: idOf(ticket),
        condition: isRedeemable,
        // The allowance keeps a clock that is behind the issuer's from stretching the lifetime.
        parameters: { agentId, latestNowMs: nowMs + skewAllowanceMs },
      },
    ]);
    return result.done && result.before !== undefined ? toRedeemed(result.before) : undefined;
  }
}

/** Only the digest is stored: who reads this table can connect as nobody. 256 random bits need no salt. */
const idOf = (ticket: string): string => `ticket#${createHash("sha256").update(ticket).digest("base64url")}`;

function toRedeemed(item: Item): RedeemedTicket {
  const text = (name: string): string => {
    const value = item[name];
    if (typeof value !== "string") throw new TypeError(`a stored ticket's ${name} is no text; allowed: text`);
    return value;
  };
  const count = (name: string): number => {
    const value = item[name];
    if (typeof value !== "number")
      throw new TypeError(`a stored ticket's ${name} is no number; allowed: a number`);
    return value;
  };
  return {
    sessionId: text("sessionId"),
    clientId: text("clientId"),
    subject: text("subject"),
    agentId: text("agentId"),
    correlationId: text("correlationId"),
    language: text("language"),
    ...(item["voice"] === undefined ? {} : { voice: text("voice") }),
    encoding: text("encoding"),
    sampleRateHz: count("sampleRateHz"),
    maxDurationSeconds: count("maxDurationSeconds"),
  };
}
