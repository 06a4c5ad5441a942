/** Why a voice connection was refused, beside the authorizer's reasons: for the log only, never in an answer. */
export const voiceDenyReasons = [
  /** None was offered, or the header came more than once. */
  "subprotocol-missing",
  /** What was offered is not the protocol and one ticket. */
  "subprotocol-malformed",
  "origin-missing",
  /** On no client's list. */
  "origin-unknown",
  /** On a list, but not on that of the ticket's client; the ticket is gone. */
  "origin-not-allowed",
  /** Unknown, used, too old, or another agent's. */
  "ticket-refused",
] as const;
