import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import type { Contract } from "../contract/contract";
import { formatProblem, showValue, type Problem } from "../shared/problem";
import { checkCoherence, type Today, type WellFormed } from "./coherence";
import { describeSchema, schemaAt, type SchemaNode } from "./describeSchema";
import { settingsSchema, type Settings } from "./settings.schema";

/** Configuration as the engine hands it to a program: full keys (`fase-b:agents`) and JSON or plain text. */
export interface StackConfig {
  readonly project: string;
  readonly stack: string;
  readonly values: Readonly<Record<string, string>>;
  /** Full keys of values that are marked secret. */
  readonly secretKeys: readonly string[];
}

/** Everything that is wrong with a stack's configuration, one line a problem; nothing was registered. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  constructor(
    stack: string,
    readonly problems: readonly Problem[],
  ) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super([`Pulumi.${stack}.yaml: ${count}`, ...problems.map((p) => `  ${formatProblem(p)}`)].join("\n"));
  }
}

/**
 * Reads a stack's configuration into settings.
 *
 * @throws SettingsError with all problems at once: shape first, then how the parts fit together.
 */
export function loadSettings(
  config: StackConfig,
  contract: Contract,
  { nowMs = Date.now(), ledger = { certificates: [] } }: Partial<Today> = {},
): Settings {
  const problems: Problem[] = [];
  const raw: Record<string, unknown> = {};
  for (const [fullKey, text] of Object.entries(config.values)) {
    const separator = fullKey.indexOf(":");
    const namespace = fullKey.slice(0, separator);
    const key = fullKey.slice(separator + 1);
    if (config.secretKeys.includes(fullKey)) {
      problems.push({
        path: fullKey,
        got: "a secret",
        allowed:
          "no secret in configuration: tokens come from the providers' own variables, the rest is generated",
        fix: `pulumi config rm ${fullKey}`,
      });
    } else if (namespace === config.project) {
      raw[key] = parseValue(text);
    } else if (namespace !== "pulumi") {
      problems.push({
        path: fullKey,
        got: showValue(text),
        allowed: `keys of the project, ${config.project}:*; the providers are explicit and take nothing from configuration`,
        fix: `pulumi config rm ${fullKey}; region and account are in ${config.project}:account`,
      });
    }
  }

  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => toProblems(issue, raw)));
  problems.push(
    ...checkCoherence(parsed.success ? parsed.data : wellFormedParts(raw), contract, { nowMs, ledger }),
  );
  if (!parsed.success || problems.length > 0) throw new SettingsError(config.stack, problems);
  return { ...parsed.data, stack: config.stack, namePrefix: `${config.project}-${config.stack}` };
}

/** The parts without a problem of their own, so that what is wrong between them is reported in the same go. */
function wellFormedParts(raw: Readonly<Record<string, unknown>>): WellFormed {
  const parts = Object.entries(settingsSchema.shape).flatMap(([key, schema]) => {
    const part = schema.safeParse(raw[key]);
    return part.success ? [[key, part.data] as const] : [];
  });
  return Object.fromEntries(parts) as WellFormed;
}

/** Structured configuration reaches the program as JSON; whatever is not JSON is the text itself. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const showPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${step}]` : text ? `${text}.${String(step)}` : String(step),
    "",
  ) || "(the whole file)";

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );

function toProblems(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  const schema = z.toJSONSchema(settingsSchema, { io: "input", reused: "inline" }) as SchemaNode;
  const at = (path: readonly PropertyKey[]): SchemaNode | undefined =>
    schemaAt(
      schema,
      path.map((step) => (typeof step === "number" ? step : String(step))),
      raw,
    );

  if (issue.code === "unrecognized_keys") {
    const holder = at(issue.path);
    const known = Object.keys(holder?.properties ?? {});
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const near = nearest(key, known);
      return {
        path: showPath(path),
        got: `an unknown key with ${showValue(valueAt(raw, path))}`,
        allowed: known.length > 0 ? known.join(", ") : "no such key",
        fix: near ? `did you mean ${near}?` : "remove it",
      };
    });
  }
  const node = at(issue.path);
  const params = issue.code === "custom" ? (issue.params as Partial<Problem> | undefined) : undefined;
  return [
    {
      path: showPath(issue.path),
      got: params?.got ?? showValue(valueAt(raw, issue.path)),
      allowed: params?.allowed ?? (node ? describeSchema(node) : issue.message),
      fix: params?.fix ?? node?.fix ?? `set ${showPath(issue.path)} to what is allowed`,
    },
  ];
}

/** The known key that a mistyped one most likely means: at most two edits away. */
function nearest(key: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(key, known);
  return distance(key, candidate) <= 2 ? candidate : undefined;
}
