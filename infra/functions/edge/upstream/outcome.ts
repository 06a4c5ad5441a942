/**
 * What one try of a call came to. Nothing else ever comes back, and nothing is thrown. Only `answer` carries
 * anything that the upstream wrote; the others carry words of ours, so that they can be logged as they are.
 */
export type TryOutcome =
  | UpstreamAnswer
  /** No connection, or one that broke. `stale`: a kept-alive socket that the other end had already given up. */
  | {
      readonly kind: "connection";
      readonly reason: ConnectionReason;
      readonly sent: boolean;
      readonly stale: boolean;
    }
  /** The upstream's certificate was refused, or the handshake failed: nothing was sent. */
  | { readonly kind: "tls"; readonly reason: TlsReason }
  | { readonly kind: "timeout"; readonly sent: boolean }
  /** Something answered, but not with an answer of the contract's form. */
  | { readonly kind: "garbage"; readonly reason: GarbageReason }
  /**
   * Our own request could not be written, e.g. a line break in a header, or we had no certificate to call with: the
   * upstream is not to blame.
   */
  | { readonly kind: "unsendable" };

export interface UpstreamAnswer {
  readonly kind: "answer";
  /** 200–299 or 400–599. */
  readonly status: number;
  /** Lower-case names; hop-by-hop headers, cookies and lengths are gone. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when an error's media type is not an accepted one: a proxy's HTML page is not passed on. */
  readonly body: Buffer;
}

export type ConnectionReason = "refused" | "unreachable" | "name" | "reset" | "truncated";
export type TlsReason = "expired" | "name" | "untrusted" | "handshake";
export type GarbageReason =
  "protocol" | "headers-too-large" | "status" | "content-type" | "content-encoding" | "json" | "too-large";

/** What a try says about its upstream's health. */
export type Verdict =
  | "success"
  | "failure"
  /** 429: alive, but asking for less. Never opens a breaker; a probe that gets it waits another period. */
  | "throttled"
  /** Says nothing, e.g. nothing was sent. */
  | "none";

/** 5xx, timeouts, broken connections, bad certificates and garbage are failures; any other answer is a success. */
export function verdictOf(outcome: TryOutcome): Verdict {
  switch (outcome.kind) {
    case "answer":
      if (outcome.status === 429) return "throttled";
      return outcome.status >= 500 ? "failure" : "success";
    case "connection":
      // An idle socket that the other end closed, e.g. while the function was frozen, happens to healthy upstreams.
      return outcome.stale ? "none" : "failure";
    case "tls":
    case "timeout":
    case "garbage":
      return "failure";
    case "unsendable":
      return "none";
  }
}

/** Whether the upstream may have seen anything of the request. In doubt, yes. */
export function wasSent(outcome: TryOutcome): boolean {
  switch (outcome.kind) {
    case "answer":
    case "garbage":
      return true;
    case "connection":
    case "timeout":
      return outcome.sent;
    case "tls":
    case "unsendable":
      return false;
  }
}
