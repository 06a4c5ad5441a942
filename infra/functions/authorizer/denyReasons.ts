/** Why a request was refused: for the log only, never in an answer, which would tell an attacker what to try next. */
export const denyReasons = [
  /** The event is not what the gateway sends, or its method ARN is not the route that was asked for. */
  "event-malformed",
  "certificate-missing",
  "certificate-malformed",
  "certificate-algorithm",
  /** No known issuer has that name and key id. */
  "issuer-unknown",
  "issuer-not-in-force",
  "signature-invalid",
  "certificate-not-yet-valid",
  "certificate-expired",
  /** A service's leaf, an authority, or a key that may not sign. */
  "certificate-usage",
  "revocation-list-stale",
  "certificate-revoked",
  /** No name in the certificate. */
  "identity-missing",
  /** More than one name in the certificate. */
  "identity-ambiguous",
  /** Its one name is not a client's. */
  "identity-malformed",
  "client-unknown",
  /** The scans' client, from an address that is none of the scans'. */
  "address-not-scans",
  "domain-unknown",
  /** The agent behind the domain does not list the client. */
  "client-not-allowed",
  "route-not-served",
  "key-missing",
  "key-ambiguous",
  /** Not one of this client's live keys. */
  "key-unknown",
  "subject-ambiguous",
  "subject-malformed",
  /** The sources could not be read, or something was thrown. */
  "fault",
] as const;

export type DenyReason = (typeof denyReasons)[number];
