import { headerValues, type WithHeaders } from "../correlation/headers";
import type { ProblemDetail } from "../problem";
import {
  headersValidator,
  type CompiledValidator,
  type CompiledValidators,
  type ContractRoute,
  type Violation,
} from "./contractFacts";

export interface ReceivedRequest extends WithHeaders {
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

export interface ValidRequest {
  readonly kind: "valid";
  readonly contentType: string;
  /** As the contract names them, each in the contract's form. */
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
  /** As the caller sent it. */
  readonly receivedBytes: number;
}

export interface InvalidRequest {
  readonly kind: "invalid";
  readonly status: 400 | 413 | 415;
  readonly code:
    | "unsupported-media-type"
    | "body-too-large"
    | "missing-header"
    | "invalid-header"
    | "invalid-json"
    | "invalid-body";
  /** Static words, names of the contract and indices; never anything that the caller wrote. */
  readonly detail: string;
  readonly errors: readonly ProblemDetail[];
  readonly receivedBytes: number;
}

/**
 * Judges a request by the contract: media type, size, headers, JSON, schema, the cheapest first. Never throws for
 * anything that a caller can send.
 *
 * @throws ReferenceError when the validators are another contract's
 */
export function validateRequest(
  route: ContractRoute,
  validators: CompiledValidators,
  request: ReceivedRequest,
): ValidRequest | InvalidRequest {
  const receivedBytes = bodyBytes(request);
  const invalid = (
    status: InvalidRequest["status"],
    code: InvalidRequest["code"],
    detail: string,
    errors: readonly ProblemDetail[] = [],
  ): InvalidRequest => ({ kind: "invalid", status, code, detail, errors, receivedBytes });

  const contentType = mediaTypeOf(request);
  if (contentType === undefined || !route.contentTypes.includes(contentType))
    return invalid(
      415,
      "unsupported-media-type",
      `The content type is none of the route's: ${route.contentTypes.join(", ")}, in UTF-8 and without a content coding.`,
    );
  if (receivedBytes > route.maximumBodyBytes)
    return invalid(
      413,
      "body-too-large",
      `The body is larger than the route's limit of ${route.maximumBodyBytes} bytes.`,
    );

  const headers = headersOf(route, request);
  if (headers.repeated !== undefined)
    return invalid(400, "invalid-header", `The header ${headers.repeated} stands there more than once.`, [
      { pointer: headers.repeated, detail: "must stand there once" },
    ]);
  const checkHeaders = validatorOf(validators, headersValidator(route.operationId));
  if (!checkHeaders(headers.values)) {
    const [violation] = checkHeaders.errors ?? [];
    const missing = violation?.keyword === "required";
    const name = missing
      ? String(violation.params["missingProperty"])
      : (violation?.instancePath.slice(1) ?? "");
    const detail = missing ? "is required" : `must satisfy ${violation?.keyword ?? "its schema"}`;
    return invalid(400, missing ? "missing-header" : "invalid-header", `The header ${name} ${detail}.`, [
      { pointer: name, detail },
    ]);
  }

  const parsed = parseJson(request);
  if (parsed === undefined) return invalid(400, "invalid-json", "The body is no JSON text in UTF-8.");
  const checkBody = validatorOf(validators, route.operationId);
  if (!checkBody(parsed.value)) {
    const errors = (checkBody.errors ?? []).slice(0, MAXIMUM_ERRORS).map(toDetail);
    const [first] = errors;
    const place = first === undefined ? "" : `, at ${first.pointer || "its root"}: ${first.detail}`;
    return invalid(
      400,
      "invalid-body",
      `The body does not match the schema of the contract${place}.`,
      errors,
    );
  }
  return { kind: "valid", contentType, headers: headers.values, value: parsed.value, receivedBytes };
}

/** The contract's bound on `Problem.errors`. */
const MAXIMUM_ERRORS = 32;

/** Without `params`: there stands the name of an unknown property, which the caller chose. */
const toDetail = ({ instancePath, keyword, params }: Violation): ProblemDetail => ({
  pointer: instancePath,
  // A missing property's name is the contract's.
  detail:
    keyword === "required" ? `must have ${String(params["missingProperty"])}` : `must satisfy ${keyword}`,
});

function validatorOf(validators: CompiledValidators, name: string): CompiledValidator {
  const validator = Object.hasOwn(validators, name) ? validators[name] : undefined;
  if (validator === undefined)
    throw new ReferenceError(
      `validators: got none called ${name}; allowed: one for each operation; fix: compile them from the routes' contract`,
    );
  return validator;
}

/** What the caller sent, in bytes: a body that the gateway handed over in base64 counts decoded. */
export function bodyBytes({ body, isBase64Encoded }: ReceivedRequest): number {
  return body === null ? 0 : Buffer.byteLength(body, isBase64Encoded ? "base64" : "utf8");
}

const MEDIA_TYPE = /^([a-z]+\/[a-z0-9.+-]+)(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/;

/** @returns `undefined` where there is not exactly one, in UTF-8 and as it is */
function mediaTypeOf(request: WithHeaders): string | undefined {
  const encodings = headerValues(request, "Content-Encoding");
  if (encodings.some((encoding) => encoding.trim().toLowerCase() !== "identity")) return undefined;
  const types = headerValues(request, "Content-Type");
  const [type = ""] = types;
  return types.length === 1 ? MEDIA_TYPE.exec(type.trim().toLowerCase())?.[1] : undefined;
}

function headersOf(
  route: ContractRoute,
  request: WithHeaders,
): { readonly values: Readonly<Record<string, string>>; readonly repeated: string | undefined } {
  const sent = route.headers.map((name) => [name, headerValues(request, name)] as const);
  return {
    values: Object.fromEntries(
      sent.flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])),
    ),
    repeated: sent.find(([, values]) => values.length > 1)?.[0],
  };
}

function parseJson({ body, isBase64Encoded }: ReceivedRequest): { readonly value: unknown } | undefined {
  try {
    const text = isBase64Encoded ? utf8.decode(Buffer.from(body ?? "", "base64")) : (body ?? "");
    return { value: JSON.parse(text) as unknown };
  } catch {
    // The error's words would quote the body.
    return undefined;
  }
}

/** A byte order mark is no JSON (RFC 8259, section 8.1), so it is not taken away. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
