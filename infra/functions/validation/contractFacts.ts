/**
 * What the edge is told of the contract when it is bundled: data and compiled functions, no YAML and no library.
 * `infra/edge/validators.ts` makes both.
 */
export interface ContractRoute {
  /** e.g. `POST /chat` */
  readonly id: string;
  readonly path: string;
  /** Upper case. */
  readonly method: string;
  /** Name of the body's validator; that of the headers is {@link headersValidator} of it. */
  readonly operationId: string;
  /** Media types of the body, lower case, without parameters; another one is 415. */
  readonly contentTypes: readonly string[];
  /** The largest body, in bytes as the caller sent them; a larger one is 413. */
  readonly maximumBodyBytes: number;
  readonly idempotency: "required" | "none";
  /** A JSON Pointer into the body to the text that a request holds alone while it runs. */
  readonly lockPointer: string | null;
  /** Headers that the contract bounds, but for the correlation id, which is replaced instead of refused. */
  readonly headers: readonly string[];
  /** Successes that an agent may answer with: status → media types. */
  readonly successes: Readonly<Record<string, readonly string[]>>;
  /** Every status that the contract lets the operation answer with. */
  readonly statuses: readonly number[];
}

/** One violation, in JSON Schema's words. Never the value. */
export interface Violation {
  /** A JSON Pointer; its steps are names of the schema and indices, since every object is closed. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A function that ajv compiled. `errors` belong to its last call. */
export interface CompiledValidator {
  (value: unknown): boolean;
  errors?: readonly Violation[] | null;
}

export type CompiledValidators = Readonly<Record<string, CompiledValidator>>;

export const headersValidator = (operationId: string): string => `${operationId}Headers`;
