/** Attributes that are sets. */
export const ISSUED = "issued";
export const REVOKED = "revoked";

export interface IssuedCertificate {
  /** Lower-case hex. */
  readonly issuerKeyId: string;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  readonly notAfterMs: number;
}

export const issuedText = ({ issuerKeyId, serial, notAfterMs }: IssuedCertificate): string =>
  `${issuerKeyId}:${serial}:${notAfterMs}`;

const ISSUED_TEXT = /^([0-9a-f]+):([0-9a-f]+):(\d{1,16})$/;

/** Undefined for a text of another form. */
export function parseIssued(text: string): IssuedCertificate | undefined {
  const [, issuerKeyId, serial, notAfterMs] = ISSUED_TEXT.exec(text) ?? [];
  return issuerKeyId === undefined || serial === undefined
    ? undefined
    : { issuerKeyId, serial, notAfterMs: Number(notAfterMs) };
}
