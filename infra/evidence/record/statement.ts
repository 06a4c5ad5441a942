import { z } from "zod";
import { canonicalBytes, readCanonical } from "./canonical";
import { predicates, predicateType, type Predicate, type PredicateKind } from "./predicates";

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
/** https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
export const STATEMENT_PAYLOAD_TYPE = "application/vnd.in-toto+json";

const SUBJECT = /^fase-b\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})$/;

const schema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([
    z.strictObject({
      name: z.string().regex(SUBJECT),
      digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    }),
  ]),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** What is said of what: of a stack, and of the source that it is deployed from. */
export type Statement = {
  readonly [K in PredicateKind]: {
    readonly stack: string;
    readonly sourceDigest: string;
    readonly kind: K;
    readonly predicate: Predicate<K>;
  };
}[PredicateKind];

const kinds = new Map(Object.keys(predicates).map((kind) => [predicateType(kind as PredicateKind), kind]));

/**
 * The bytes that are signed.
 *
 * @throws ZodError where the predicate is not what its kind says
 */
export function writeStatement({ stack, sourceDigest, kind, predicate }: Statement): Buffer {
  return canonicalBytes(
    schema.parse({
      _type: STATEMENT_TYPE,
      subject: [{ name: `fase-b/${stack}`, digest: { sha256: sourceDigest } }],
      predicateType: predicateType(kind),
      predicate: predicates[kind].parse(predicate),
    }),
  );
}

/** @returns why it is none, as a text, where it is none */
export function readStatement(payload: Uint8Array): Statement | string {
  const read = readCanonical(payload);
  if (!read) return "a payload that is no JSON in canonical form (RFC 8785)";
  const outer = schema.safeParse(read.value);
  if (!outer.success) return `no in-toto statement of ours: ${placeOf(outer.error)} is not as it should be`;
  const { subject, predicateType: type, predicate } = outer.data;
  const kind = kinds.get(type) as PredicateKind | undefined;
  if (kind === undefined) return `a predicate type that nobody here knows`;
  const inner = predicates[kind].safeParse(predicate);
  if (!inner.success) return `a predicate of ${kind} whose ${placeOf(inner.error)} is not as it should be`;
  const [{ name, digest }] = subject;
  return {
    stack: SUBJECT.exec(name)?.[1] ?? "",
    sourceDigest: digest.sha256,
    kind,
    predicate: inner.data,
  } as Statement;
}

const placeOf = (error: z.ZodError): string => error.issues[0]?.path.join(".") || "form";
