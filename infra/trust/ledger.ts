import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** The committed list of clients' certificates, `stacks/<stack>/certificates.json`: public facts, nothing to keep. */
export const LEDGER_FILE = "certificates.json";

const hex = z.string().regex(/^[0-9a-f]+$/);
const instant = z.iso.datetime();

export const ledgerEntry = z.strictObject({
  clientId: z.string().min(1).max(32),
  /** Lower-case hex without leading zeros. */
  serial: hex,
  issuerKeyId: hex,
  /** The generation of the authority that signed it. */
  generation: z.string().min(1),
  /** SHA-256 of the public key (SPKI): the same key is never certified again. */
  publicKeyDigest: hex.length(64),
  notBefore: instant,
  notAfter: instant,
});

export const ledgerSchema = z.strictObject({ certificates: z.array(ledgerEntry) });

export type LedgerEntry = z.infer<typeof ledgerEntry>;
export type Ledger = z.infer<typeof ledgerSchema>;

export class LedgerError extends Error {
  override readonly name = "LedgerError";
}

/**
 * @param folder `stacks/<stack>`
 * @returns an empty one where there is no file yet
 * @throws LedgerError when the file is not a ledger: what is not understood must not pass for no certificate
 */
export function readLedger(folder: string): Ledger {
  const path = join(folder, LEDGER_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { certificates: [] };
    throw error;
  }
  const parsed = ledgerSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LedgerError(
    `${path}: got ${issue?.path.join(".") || "a text"} that is not as it should be (${issue?.message}); allowed: what \`npm run client\` writes; fix: take it from version control again`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** As it is committed: sorted by client, then by end; the same ledger is the same text. */
export function formatLedger({ certificates }: Ledger): string {
  const sorted = [...certificates].sort((one, other) => compare(sortKey(one), sortKey(other)));
  return `${JSON.stringify({ certificates: sorted }, null, 2)}\n`;
}

const sortKey = ({ clientId, notAfter, serial }: LedgerEntry): string => `${clientId} ${notAfter} ${serial}`;
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Those that have not expired, revoked or not: a generation with one of them must stay trusted. */
export const liveEntries = ({ certificates }: Ledger, nowMs: number): readonly LedgerEntry[] =>
  certificates.filter(({ notAfter }) => Date.parse(notAfter) >= nowMs);
