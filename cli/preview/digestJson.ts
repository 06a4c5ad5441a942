import { isArray, isObject } from "./json";
import type { Json, PreviewDigest, PreviewStep, ResourceState } from "./model";

/**
 * Writes a digest as `pulumi preview --json` prints it: four spaces, fields in the order of the CLI's structs,
 * maps by key, `<`, `>` and `&` escaped. Written by hand because `JSON.stringify` puts keys such as `"404"`
 * first and escapes less.
 *
 * Shape: https://github.com/pulumi/pulumi/blob/master/pkg/display/json.go (`PreviewDigest`) and
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go (`ResourceV3`).
 */

/** What a member holds; `undefined` is left out. */
type Member = readonly [key: string, text: string | undefined];

const INDENT = "    ";

// Go's encoder escapes these by default, so that the document can stand inside HTML and JavaScript.
const escapedByGo = /[<>&\u2028\u2029]/g;
const mayNeedEscape = /[<>&\u2028\u2029]/;

function stringText(value: string): string {
  const text = JSON.stringify(value);
  return mayNeedEscape.test(text)
    ? text.replace(escapedByGo, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : text;
}

function objectText(members: readonly Member[], margin: string): string {
  const inner = margin + INDENT;
  let text = "";
  for (const [key, value] of members) {
    if (value === undefined) continue;
    text += `${text === "" ? "" : ","}\n${inner}${stringText(key)}: ${value}`;
  }
  return text === "" ? "{}" : `{${text}\n${margin}}`;
}

function arrayText(items: readonly string[], margin: string): string {
  if (items.length === 0) return "[]";
  const inner = margin + INDENT;
  return `[\n${inner}${items.join(`,\n${inner}`)}\n${margin}]`;
}

/** Any value, with the keys of objects in order. */
export function jsonText(value: Json | undefined, margin = ""): string {
  if (typeof value === "string") return stringText(value);
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : String(value);
  const inner = margin + INDENT;
  if (isArray(value))
    return arrayText(
      value.map((item) => jsonText(item, inner)),
      margin,
    );
  return objectText(
    Object.keys(value)
      .sort()
      .map((key): Member => [key, value[key] === undefined ? undefined : jsonText(value[key], inner)]),
    margin,
  );
}

/** The fields of a resource's state in the CLI's order. */
const stateFields = [
  "urn",
  "custom",
  "delete",
  "id",
  "type",
  "inputs",
  "outputs",
  "parent",
  "protect",
  "taint",
  "external",
  "dependencies",
  "initErrors",
  "provider",
  "propertyDependencies",
  "pendingReplacement",
  "additionalSecretOutputs",
  "aliases",
  "customTimeouts",
  "importID",
  "retainOnDelete",
  "deletedWith",
  "replaceWith",
  "ignoreChanges",
  "hideDiff",
  "replaceOnChanges",
  "replacementTrigger",
  "refreshBeforeUpdate",
  "viewOf",
  "resourceHooks",
  "extensionRef",
  "snippetID",
] as const;

const alwaysPresent: ReadonlySet<string> = new Set(["urn", "custom", "type"]);
const timeoutFields = ["create", "update", "delete", "read"] as const;

/** Go's `omitempty`: false, 0, "", null and what has no members. */
const isEmpty = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

function timeoutsText(value: Json, margin: string): string {
  if (!isObject(value)) return jsonText(value, margin);
  return objectText(
    timeoutFields.map((field): Member => [field, isEmpty(value[field]) ? undefined : jsonText(value[field])]),
    margin,
  );
}

function stateText(state: ResourceState, margin: string): string {
  const known: ReadonlySet<string> = new Set(stateFields);
  const unknownField = Object.keys(state).find((key) => !known.has(key));
  if (unknownField !== undefined) {
    throw new Error(
      `${state.urn}: the state has a field ${JSON.stringify(unknownField)}; allowed: ${stateFields.join(", ")}; add it at its place among them`,
    );
  }
  const inner = margin + INDENT;
  return objectText(
    stateFields.map((field): Member => {
      const value = state[field];
      if (!alwaysPresent.has(field) && isEmpty(value)) return [field, undefined];
      return [
        field,
        field === "customTimeouts" && value !== undefined
          ? timeoutsText(value, inner)
          : jsonText(value, inner),
      ];
    }),
    margin,
  );
}

function stepText(step: PreviewStep, margin: string): string {
  const inner = margin + INDENT;
  return objectText(
    [
      ["op", stringText(step.op)],
      ["urn", stringText(step.urn)],
      ["provider", isEmpty(step.provider) ? undefined : jsonText(step.provider)],
      ["newState", stateText(step.newState, inner)],
      // The CLI's only field that is written even when there is nothing to say.
      ["detailedDiff", "null"],
    ],
    margin,
  );
}

const stepsTexts = new WeakMap<readonly PreviewStep[], string>();

/** The steps' text, written once for all that ask for it. */
export function stepsText(steps: readonly PreviewStep[]): string {
  let text = stepsTexts.get(steps);
  if (text === undefined) {
    text = arrayText(
      steps.map((step) => stepText(step, INDENT + INDENT)),
      INDENT,
    );
    stepsTexts.set(steps, text);
  }
  return text;
}

/**
 * @param siblings further top-level members, after the CLI's own; readers of the CLI's digest pass over them
 * @returns the document with a new line at its end
 */
export function digestText(digest: PreviewDigest, siblings: { readonly [key: string]: Json } = {}): string {
  const members: Member[] = [
    ["config", isEmpty(digest.config) ? undefined : jsonText(digest.config, INDENT)],
    ["steps", digest.steps.length === 0 ? undefined : stepsText(digest.steps)],
    ["changeSummary", isEmpty(digest.changeSummary) ? undefined : jsonText(digest.changeSummary, INDENT)],
    ...Object.entries(siblings).map(([key, value]): Member => [key, jsonText(value, INDENT)]),
  ];
  return `${objectText(members, "")}\n`;
}
