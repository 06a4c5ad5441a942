import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import type { z } from "zod";
import { formatProblem, showValue, type Problem } from "../shared/problem";
import { checkDocument } from "./contractRules";
import { MARKS, METHODS, openApiDocument, type Method, type OpenApiDocument } from "./contract.schema";
import { escapeStep, resolveParameter } from "./references";

/** One operation of the API and what it asks of everything that stands before it. */
export interface Route {
  /** e.g. `/realtime-voice/tickets` */
  readonly path: string;
  readonly method: Method;
  readonly operationId: string;
  /** A class of the settings' `limits.rates`. */
  readonly rateClass: string;
  /** A class of the settings' `limits.bodies`. */
  readonly bodyLimitClass: string;
  readonly idempotency: "required" | "none";
  /** What a request holds alone while it runs, beside its subject; a JSON Pointer into the body. */
  readonly lock: { readonly resource: string } | null;
  /** The WebSocket channel that the operation opens a session on. */
  readonly session: string | null;
  readonly requiresSubject: boolean;
  /** Media types of the body; another one is 415. Empty where the operation has no body. */
  readonly contentTypes: readonly string[];
  /** Names of the headers that a request must have. */
  readonly requiredHeaders: readonly string[];
  /** Every status that the contract lets the operation answer with, ascending. */
  readonly statuses: readonly number[];
}

/** As functions and their logs name an operation: `POST /chat`. */
export const routeId = ({ method, path }: Pick<Route, "method" | "path">): string =>
  `${method.toUpperCase()} ${path}`;

export interface Contract {
  /** In the order of the file. */
  readonly routes: readonly Route[];
  /** The channel of the live session, which realtime-voice.asyncapi.yaml describes. */
  readonly webSocketPath: string;
  /** The checked document itself, for those who lower it or compile validators from it. */
  readonly document: OpenApiDocument;
}

/** Everything that is wrong with the contract, one line a problem. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  constructor(readonly problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super([`openapi.yaml: ${count}`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join("\n"));
  }
}

export const contractFile = (): string => join(__dirname, "openapi.yaml");

/**
 * The contract that stands beside this file.
 *
 * @throws ContractError
 */
export function readContract(): Contract {
  return loadContract(readFileSync(contractFile(), "utf8"));
}

/**
 * The contract in a text: first its shape, then how its parts fit together.
 *
 * @throws ContractError with all problems of the step that failed
 */
export function loadContract(fileText: string): Contract {
  const raw = parseYaml(fileText);
  const parsed = openApiDocument.safeParse(raw);
  if (!parsed.success)
    throw new ContractError(parsed.error.issues.flatMap((issue) => toProblems(issue, raw)));
  const document = parsed.data;
  const problems = checkDocument(document);
  if (problems.length > 0) throw new ContractError(problems);
  const routes = toRoutes(document);
  const webSocketPath = routes.map((route) => route.session).find((session) => session !== null);
  if (!webSocketPath) {
    throw new ContractError([
      {
        path: "/paths",
        got: "no operation that opens a session",
        allowed: "one channel, named by x-fase-b-session",
        fix: "mark the operation that issues the voice tickets",
      },
    ]);
  }
  return { routes, webSocketPath, document };
}

/** By js-yaml, which the SDK has loaded already and which reads the file in a fifth of the time that others take. */
function parseYaml(text: string): unknown {
  try {
    // YAML 1.2's own types: a date stays a text.
    return load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark ? `line ${error.mark.line + 1}` : "(the whole file)";
    throw new ContractError([
      { path: line, got: error.reason, allowed: "YAML 1.2", fix: "correct the syntax" },
    ]);
  }
}

function toRoutes(document: OpenApiDocument): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): Route[] => {
      const operation = item[method];
      if (!operation) return [];
      const parameters = operation.parameters.map((parameter) => resolveParameter(document, parameter));
      const requiredHeaders = parameters.filter((p) => p.in === "header" && p.required).map((p) => p.name);
      const lock = operation["x-fase-b-lock"];
      const session = operation["x-fase-b-session"];
      return [
        {
          path,
          method,
          operationId: operation.operationId,
          rateClass: operation["x-fase-b-rate-class"],
          bodyLimitClass: operation["x-fase-b-body-limit"],
          idempotency: operation["x-fase-b-idempotency"],
          lock: lock === "none" ? null : { resource: lock.resource.slice("$request.body#".length) },
          session: session === "none" ? null : session,
          requiresSubject: requiredHeaders.includes("X-Subject"),
          contentTypes: Object.keys(operation.requestBody?.content ?? {}),
          requiredHeaders,
          statuses: Object.keys(operation.responses)
            .map(Number)
            .sort((a, b) => a - b),
        },
      ];
    }),
  );
}

const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${escapeStep(String(step))}`).join("") || "(the whole file)";

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );

/** What the schema library says of a wrong type or option, without its opening words. */
const plain = (message: string): string => message.replace(/^Invalid (input|option): (expected )?/, "");

/** A refusal of the shape, as path, value, what is allowed and the fix. */
function toProblems(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: pointerTo([...issue.path, key]),
      got: `an unknown key with ${showValue(valueAt(raw, [...issue.path, key]))}`,
      allowed: key.startsWith("x-") ? MARKS.join(", ") : "the keywords of infra/contract/contract.schema.ts",
      fix: "correct its spelling, remove it, or decide in apiGatewayTreatment.ts what the gateway does with it",
    }));
  }
  const value = valueAt(raw, issue.path);
  const badKey = issue.code === "invalid_key" ? issue : undefined;
  const key = String(issue.path.at(-1) ?? "the file");
  return [
    {
      path: pointerTo(issue.path),
      got: badKey ? `the name ${showValue(key)}` : showValue(value),
      allowed: badKey?.issues[0]?.message ?? plain(issue.message),
      fix: badKey ? "rename it" : value === undefined ? `add ${key}` : `correct ${key}`,
    },
  ];
}
