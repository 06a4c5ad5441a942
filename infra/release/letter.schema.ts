import { z } from "zod";
import { requirements, type EvidenceClause } from "../evidence/record/requirements";

/** What a Carta GO says, as it is signed (B0.2): canonical JSON (RFC 8785) in a DSSE envelope of this type. */
export const LETTER_PAYLOAD_TYPE = "application/vnd.fase-b.carta-go+json";
export const LETTER_TYPE = "https://example.com/fase-b/carta-go/v1";

/** In the work order's words; the letter is read in Spanish. */
export const DECISIONS = ["GO", "GO condicional", "NO-GO"] as const;
export type Decision = (typeof DECISIONS)[number];

/** `fase-a`, after Informe A, starts the work on staging and sets T+0; `fase-b` releases production. */
export const PHASES = ["fase-a", "fase-b"] as const;
export type Phase = (typeof PHASES)[number];

/** A letter's longest life, from its issue: the work takes two days, and what a release rests on is fresh for one. */
export const LONGEST_LIFE_DAYS: Readonly<Record<Phase, number>> = { "fase-a": 30, "fase-b": 7 };

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime({ precision: 3 });
const CLAUSES = Object.keys(requirements) as [EvidenceClause, ...EvidenceClause[]];

export const MOST_CONDITIONS = 20;
export const MOST_RESOURCES = 200;
/** `<type>::<name>` */
export const RESOURCE = z.string().regex(/^[\w:/.-]+::[\w./-]+$/);

const condition = z.strictObject({
  id: z.string().regex(/^C[1-9]\d?$/),
  /** In Spanish, one line. */
  text: z.string().regex(/^[^\p{Cc}]{10,400}$/u),
  clause: z.enum(CLAUSES),
  /** SHA-256 of the envelope of evidence that shows that it is kept. */
  evidence: sha256,
});

export const letterSchema = z.strictObject({
  type: z.literal(LETTER_TYPE),
  phase: z.enum(PHASES),
  /** Counts from 1 by stack and phase; the highest counts, and one that says NO-GO takes back what was released before. */
  number: z.int().min(1).max(999),
  /** SHA-256 of the payload of the letter before it; none for the first. */
  previous: sha256.optional(),
  stack: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  /** Of the source that is released; of `fase-a` the one that the work starts from. */
  sourceDigest: sha256,
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  decision: z.enum(DECISIONS),
  /** By id; of `GO condicional` at least one, of others none. */
  conditions: z.array(condition).max(MOST_CONDITIONS),
  /** `<type>::<name>` of resources that may be unprotected, deleted or replaced; sorted. */
  unprotect: z.array(RESOURCE).max(MOST_RESOURCES),
  /** The report on which it decides. */
  informe: z.strictObject({ name: z.enum(["Informe A", "Informe B"]), sha256 }),
  issuedAt: instant,
  /** Of `fase-a` T+0; of `fase-b` from when on the release may be made. */
  startsAt: instant,
  expiresAt: instant,
  /** SHA-256 of `roles.json`: who may sign; whoever changes it ends the letter. */
  roles: sha256,
  /** SHA-256 of staging's `collectors.json`: whose evidence counts; whoever changes it ends the letter. */
  collectors: sha256,
  /** SHA-256 of the letter as people read it. */
  text: sha256,
});

export type Letter = z.infer<typeof letterSchema>;
