import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * What AWS's gateway knows of a request and the emulator doesn't: put into a header by the front door, taken out by the
 * wrapper around a function. Signed with a secret of the run, so that nobody who calls the emulator's own port can
 * claim a certificate.
 */
export interface Envelope {
  readonly domainName: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly sourceIp: string;
  readonly protocol: string;
  /** PEM; absent without mutual TLS. */
  readonly clientCertPem?: string;
  /** As the caller sent them, in their order, with what the firewall inserted. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export const ENVELOPE_HEADER = "x-fase-b-local";
/** By this the front door knows a function's answer from one of the emulator itself. */
export const ANSWER_HEADER = "x-fase-b-local-answer";

const mac = (secret: string, text: string): Buffer => createHmac("sha256", secret).update(text).digest();

export function seal(secret: string, envelope: Envelope): string {
  const text = Buffer.from(JSON.stringify(envelope)).toString("base64url");
  return `${text}.${mac(secret, text).toString("base64url")}`;
}

/** @returns `undefined` for anything that was not sealed with this secret */
export function unseal(secret: string, sealed: unknown): Envelope | undefined {
  if (typeof sealed !== "string") return undefined;
  const [text = "", given = ""] = sealed.split(".");
  const expected = mac(secret, text);
  const actual = Buffer.from(given, "base64url");
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
  return JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Envelope;
}
