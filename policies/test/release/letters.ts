/** Letters as the three would sign them, made of the pack's own words: what each test changes one thing of. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { canonicalText } from "../../lib/release/canonical";
import { keyIdOf } from "../../lib/release/dsse";
import type { FoundFile, ReleaseRecord, StackRecord } from "../../lib/release/record";

export const nowMs = Date.parse("2026-11-26T18:00:00.000Z");
const hourMs = 60 * 60 * 1000;
export const inHours = (hours: number): string => new Date(nowMs + hours * hourMs).toISOString();
export const releasedSource = "5".repeat(64);
export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

export interface Signer {
  readonly privateKey: KeyObject;
  readonly entry: Readonly<Record<string, unknown>>;
}

export function signer(role: string, holder: string, changes: object = {}): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const entry = {
    keyId: keyIdOf(publicKey),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    role,
    holder,
    validFrom: inHours(-30 * 24),
    validUntil: inHours(30 * 24),
    ...changes,
  };
  return { privateKey, entry };
}

/** The same key with another entry in the list. */
export const listedAs = ({ privateKey, entry }: Signer, changes: object): Signer => ({
  privateKey,
  entry: { ...entry, ...changes },
});

/** Lead Security, CODE and the CEO. */
export const three = [
  signer("lead-security", "person-a"),
  signer("code", "person-b"),
  signer("ceo", "person-c"),
] as const;

export const rolesFile = (signers: readonly Signer[]): Buffer =>
  Buffer.from(
    `${JSON.stringify(
      signers.map(({ entry }) => entry),
      null,
      2,
    )}\n`,
  );

export const collectors = Buffer.from("[]\n");
export type Fields = Readonly<Record<string, unknown>>;

export const releasing: Fields = {
  type: "https://example.com/fase-b/carta-go/v1",
  phase: "fase-b",
  number: 1,
  stack: "production",
  sourceDigest: releasedSource,
  commit: "c".repeat(40),
  decision: "GO",
  conditions: [],
  unprotect: [],
  informe: { name: "Informe B", sha256: "b".repeat(64) },
  issuedAt: inHours(-2),
  startsAt: inHours(-1),
  expiresAt: inHours(24),
  collectors: sha256(collectors),
};

/** Starts the work on staging. */
export const starting: Fields = {
  ...releasing,
  phase: "fase-a",
  stack: "staging",
  informe: { name: "Informe A", sha256: "a".repeat(64) },
};

export const condition = (id: string, clause = "B8.1", evidence = "e".repeat(64)): object => ({
  id,
  text: "La latencia se mide otra vez mañana.",
  clause,
  evidence,
});

export const letterType = "application/vnd.fase-b.carta-go+json";

/** The envelope, with one signature a key, in their order. */
export function sealed(payload: Uint8Array, signers: readonly Signer[], type = letterType): Buffer {
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  const signatures = signers
    .map(({ privateKey, entry }) => ({
      keyid: String(entry.keyId),
      sig: sign(null, signed, privateKey).toString("base64"),
    }))
    .sort((one, other) => (one.keyid < other.keyid ? -1 : 1));
  return envelopeOf(payload, signatures, type);
}

export const envelopeOf = (payload: Uint8Array, signatures: readonly object[], type = letterType): Buffer =>
  Buffer.from(
    canonicalText({ payloadType: type, payload: Buffer.from(payload).toString("base64"), signatures }),
  );

/** What is signed; fields that are `undefined` are left out. */
export const payloadOf = (fields: Fields): Buffer =>
  Buffer.from(canonicalText(JSON.parse(JSON.stringify(fields)) as unknown));

export interface Said {
  /** What the letter says otherwise. */
  readonly fields?: Fields;
  readonly of?: Fields;
  readonly signedBy?: readonly Signer[];
  readonly listed?: readonly Signer[];
  /** The files before it. */
  readonly before?: readonly FoundFile[];
}

export const named = (fields: Fields, ending: string): string =>
  `${String(fields.phase)}-${String(fields.number).padStart(3, "0")}${ending}`;

const madrid = new Intl.DateTimeFormat("es", {
  timeZone: "Europe/Madrid",
  dateStyle: "long",
  timeStyle: "long",
});
const months = new Intl.DateTimeFormat("es", { timeZone: "UTC", dateStyle: "long" });

/** The lines of the letter that the pack looks for; the tests' letters are of whole seconds, or refused before. */
export function wordsOf(fields: Fields): string {
  const phase = fields.phase === "fase-a" ? "Fase A" : "Fase B";
  const at = new Date(String(fields.expiresAt));
  const ends = Number.isNaN(at.getTime())
    ? "nunca"
    : `${months.format(at)}, ${at.toISOString().slice(11, 23).replace(".000", "")} UTC (${madrid
        .format(at)
        .replace(" a las ", ", ")
        .replace(/, (\d):/, ", 0$1:")
        .replace(/ (CES?T)$/, `${at.toISOString().slice(19, 23).replace(".000", "")} $1`)}, hora de Madrid)`;
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  return `# Carta GO ${phase} n.º ${String(fields.number)}

**Decisión: ${String(fields.decision)}**

- Fase: ${phase}
- Entorno (stack): \`${String(fields.stack)}\`
${list(fields.conditions)
  .map((one) => `- **${String((one as Fields).id)}.** ${String((one as Fields).text)}\n`)
  .join("")}${list(fields.unprotect)
    .map((one) => `- \`${String(one)}\`\n`)
    .join(
      "",
    )}${fields.decision === "NO-GO" ? "" : `- Hasta: ${ends}\n`}- Código fuente, SHA-256 \`${String(fields.sourceDigest)}\`
- Versión del código en el repositorio (commit): \`${String(fields.commit)}\`
`;
}

/** With the digest of its text. */
export const allOf = (fields: Fields): Fields => ({ text: sha256(wordsOf(fields)), ...fields });

/** A letter with its text, signed by the three unless others are named. */
export function filesOf({
  fields,
  of = releasing,
  signedBy = three,
  listed = three,
}: Said = {}): FoundFile[] {
  const said = allOf({ ...of, roles: sha256(rolesFile(listed)), ...fields });
  return [
    { path: named(said, ".dsse.json"), bytes: sealed(payloadOf(said), signedBy) },
    { path: named(said, ".md"), bytes: Buffer.from(wordsOf(said)) },
  ];
}

export const stackRecord = (said: Said = {}): StackRecord => ({
  roles: rolesFile(said.listed ?? three),
  letters: [...(said.before ?? []), ...filesOf(said)],
  evidence: [],
  defects: [],
});

const nothing: StackRecord = { letters: [], evidence: [], defects: [] };

export const releaseOf = (
  record: StackRecord,
  stack = "production",
  source: ReturnType<ReleaseRecord["source"]> = { digest: releasedSource },
): ReleaseRecord => ({
  source: () => source,
  ofStack: (asked) => ({
    ...(asked === stack ? record : nothing),
    ...(asked === "staging" && { collectors: record.collectors ?? collectors }),
  }),
  trustedRoles: (asked) => (asked === stack && record.roles ? sha256(record.roles) : undefined),
});

/** With the letter that starts the work on staging. */
export const startedWith = (release: ReleaseRecord): ReleaseRecord => ({
  ...release,
  trustedRoles: () => sha256(rolesFile(three)),
  ofStack: (stack) => {
    const found = release.ofStack(stack);
    const { roles, letters } = stackRecord({
      of: starting,
      fields: { collectors: sha256(found.collectors ?? "") },
    });
    return stack === "staging" ? { ...found, ...(roles && { roles }), letters } : found;
  },
});

/** SHA-256 of what is signed in an envelope. */
export const payloadDigest = ({ bytes }: FoundFile): string =>
  sha256(Buffer.from((JSON.parse(Buffer.from(bytes).toString()) as { payload: string }).payload, "base64"));
