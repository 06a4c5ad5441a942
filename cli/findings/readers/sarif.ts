import { createHash } from "node:crypto";
import { z } from "zod";
import type { Severity } from "../../../infra/evidence/record/findings.schema";
import { classesOf } from "./classes";
import { clean } from "./clean";
import { routePlace } from "./place";
import { instantOf, NOT_STATED, type Reading, type Report } from "./report";
import { ReportError, shown } from "./reportError";
import { severityOfScore } from "./scores";
import { Sightings } from "./sightings";
import { parsedBy } from "./strictJson";

/** SARIF 2.1.0, of whatever tool. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */

const LEVELS = ["none", "note", "warning", "error"] as const;
type Level = (typeof LEVELS)[number];

const properties = z
  .object({
    tags: z.array(z.string()).optional(),
    /** A CVSS base score. https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning */
    "security-severity": z.union([z.string(), z.number()]).optional(),
  })
  .optional();

const message = z.object({ text: z.string().optional(), id: z.string().optional() });

const rule = z.object({
  id: z.string().min(1),
  deprecatedIds: z.array(z.string()).optional(),
  name: z.string().optional(),
  shortDescription: message.optional(),
  fullDescription: message.optional(),
  help: message.optional(),
  helpUri: z.string().optional(),
  messageStrings: z.record(z.string(), message).optional(),
  defaultConfiguration: z.object({ level: z.enum(LEVELS).optional() }).optional(),
  relationships: z
    .array(
      z.object({
        target: z.object({
          id: z.string().optional(),
          toolComponent: z.object({ name: z.string().optional() }).optional(),
        }),
      }),
    )
    .optional(),
  properties,
});

const index = z.number().int().min(-1);
const reference = z.object({ index: index.optional(), id: z.string().optional() });

const result = z.object({
  ruleId: z.string().min(1).optional(),
  ruleIndex: index.optional(),
  rule: reference
    .extend({ toolComponent: reference.extend({ name: z.string().optional() }).optional() })
    .optional(),
  kind: z.enum(["notApplicable", "pass", "fail", "review", "open", "informational"]).optional(),
  level: z.enum(LEVELS).optional(),
  message,
  baselineState: z.enum(["new", "unchanged", "updated", "absent"]).optional(),
  locations: z
    .array(
      z.object({
        physicalLocation: z
          .object({
            artifactLocation: z
              .object({
                uri: z.string().optional(),
                uriBaseId: z.string().optional(),
                index: index.optional(),
              })
              .optional(),
            region: z
              .object({
                startLine: z.number().int().optional(),
                snippet: z.object({ text: z.string().optional() }).optional(),
              })
              .optional(),
          })
          .optional(),
        logicalLocations: z
          .array(z.object({ fullyQualifiedName: z.string().optional(), name: z.string().optional() }))
          .optional(),
      }),
    )
    .optional(),
  partialFingerprints: z.record(z.string(), z.string()).optional(),
  fingerprints: z.record(z.string(), z.string()).optional(),
  suppressions: z.array(z.object({ kind: z.string(), status: z.string().optional() })).optional(),
  webRequest: z.object({ method: z.string().optional(), target: z.string().optional() }).optional(),
  properties,
});

const component = z.object({
  name: z.string().min(1),
  version: z.string().optional(),
  semanticVersion: z.string().optional(),
  rules: z.array(rule).optional(),
});

const run = z.object({
  tool: z.object({ driver: component, extensions: z.array(component).optional() }),
  artifacts: z.array(z.object({ location: z.object({ uri: z.string().optional() }).optional() })).optional(),
  invocations: z
    .array(z.object({ executionSuccessful: z.boolean(), endTimeUtc: z.string().optional() }))
    .optional(),
  /** Absent where the tool could not look. */
  results: z.array(result).nullish(),
});

const log = z.object({ version: z.literal("2.1.0"), runs: z.array(run).min(1) });

export const isSarif = (value: object): boolean => "runs" in value;

type Run = z.infer<typeof run>;
type Rule = z.infer<typeof rule>;
type Result = z.infer<typeof result>;

/** A kind that says that nothing is wrong there. */
const CLEAR: ReadonlySet<string> = new Set(["pass", "notApplicable"]);

/** @throws ReportError */
export function readSarif(value: unknown, reading: Reading): Report {
  const { file } = reading;
  const { runs } = parsedBy(log, value, file, "SARIF 2.1.0");
  const sightings = new Sightings("sarif");
  const because: string[] = [];
  runs.forEach((one, runAt) => {
    const name = clean(one.tool.driver.name, 60);
    if (!one.results) because.push(`${name} states no results`);
    if (one.invocations?.some(({ executionSuccessful }) => !executionSuccessful) === true)
      because.push(`${name} says that it did not succeed`);
    (one.results ?? []).forEach((found, at) => {
      if (CLEAR.has(found.kind ?? "fail") || found.baselineState === "absent") return;
      sightings.add(instanceOf(found, one, { ...reading, at: `runs.${runAt}.results.${at}` }));
    });
  });
  const drivers = runs.map(({ tool }) => tool.driver);
  const ends = runs
    .flatMap(({ invocations }) =>
      (invocations ?? []).flatMap(({ endTimeUtc }) => instantOf(endTimeUtc) ?? []),
    )
    .sort();
  const endedAt = ends.at(-1);
  return {
    format: "sarif",
    tool: {
      name: clean([...new Set(drivers.map(({ name }) => name))].join(", "), 60),
      version: clean(
        [...new Set(drivers.map((driver) => driver.semanticVersion ?? driver.version ?? NOT_STATED))].join(
          ", ",
        ),
        60,
      ),
    },
    findings: sightings.all(),
    ...(because.length === 0 ? {} : { incomplete: because.join("; ") }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

interface At extends Reading {
  readonly at: string;
}

function instanceOf(found: Result, of: Run, reading: At) {
  const known = ruleOf(found, of);
  const id = found.ruleId ?? found.rule?.id ?? known?.id;
  if (id === undefined)
    throw new ReportError({
      file: reading.file,
      place: reading.at,
      got: "a result of no rule",
      allowed: "a ruleId, or the index of a rule that is listed",
      fix: "let the tool write the report again",
    });
  const { severity, said } = severityOf(found, known);
  const place = placeOf(found, of, reading);
  const line = found.locations?.[0]?.physicalLocation?.region?.startLine;
  const text = found.message.text ?? known?.messageStrings?.[found.message.id ?? ""]?.text ?? "";
  return {
    rule: `${of.tool.driver.name}/${id}`,
    title: known?.shortDescription?.text ?? known?.name ?? (text || id),
    severity,
    classes: classesFor(id, found, known),
    place,
    ...detailOf(found),
    evidence: [
      text,
      said,
      ...(line === undefined ? [] : [`line ${line}`]),
      // Such a decision has neither date nor owner; one that has both is `accept`.
      ...(found.suppressions?.length ? ["suppressed in the code"] : []),
    ],
    fix: known?.help?.text ?? known?.helpUri ?? "",
  };
}

/** By index where there is one, of the driver or an extension; else by its id, of which `a/b` is of rule `a`. */
function ruleOf(found: Result, { tool }: Run): Rule | undefined {
  const extension = found.rule?.toolComponent?.index;
  const rules =
    (extension === undefined || extension < 0 ? tool.driver : tool.extensions?.[extension])?.rules ?? [];
  const at = found.rule?.index ?? found.ruleIndex ?? -1;
  const id = found.ruleId ?? found.rule?.id;
  const indexed = at >= 0 ? rules[at] : undefined;
  // An index that names another rule than the id does is not believed.
  if (indexed && (id === undefined || id === indexed.id || id.startsWith(`${indexed.id}/`))) return indexed;
  if (id === undefined) return undefined;
  return [tool.driver, ...(tool.extensions ?? [])]
    .flatMap((one) => one.rules ?? [])
    .filter((one) => id === one.id || id.startsWith(`${one.id}/`))
    .sort((a, b) => b.id.length - a.id.length)[0];
}

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html#_Toc34317648 */
const BY_LEVEL = { error: "high", warning: "medium", note: "low", none: "info" } as const satisfies Record<
  Level,
  Severity
>;

function severityOf(
  found: Result,
  known: Rule | undefined,
): { readonly severity: Severity; readonly said: string } {
  const score = found.properties?.["security-severity"] ?? known?.properties?.["security-severity"];
  const byScore = severityOfScore(score === undefined ? undefined : String(score));
  if (byScore) return { severity: byScore, said: `CVSS base score ${score}` };
  const level =
    found.level ??
    (found.kind === "informational" ? "none" : (known?.defaultConfiguration?.level ?? "warning"));
  return { severity: BY_LEVEL[level], said: `level ${level}` };
}

function classesFor(id: string, found: Result, known: Rule | undefined) {
  const tags = [...(known?.properties?.tags ?? []), ...(found.properties?.tags ?? [])];
  const related = (known?.relationships ?? [])
    .filter(({ target }) => target.toolComponent?.name?.toUpperCase() === "CWE")
    .map(({ target }) => `CWE-${(target.id ?? "").replace(/^CWE-/i, "")}`);
  const cwes = [...tags, ...related].flatMap((tag) => {
    const number = /^(?:external\/cwe\/)?cwe-0*(\d{1,5})(?!\d)/i.exec(tag)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const owasp = tags.flatMap((tag) => {
    const match = /^(?:external\/)?owasp[-/:]?(API)?(?:A)?0*(10|[1-9])[:-](20\d\d)/i.exec(tag);
    return match ? [{ api: match[1] !== undefined, number: match[2] ?? "", year: match[3] ?? "" }] : [];
  });
  const names = [id, ...(known?.deprecatedIds ?? [])].filter((name) =>
    /^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})$/.test(name),
  );
  return classesOf(cwes, {
    owaspTop10: owasp
      .filter(({ api }) => !api)
      .map(({ number, year }) => `A${number.padStart(2, "0")}:${year}`),
    owaspApiTop10: owasp.filter(({ api }) => api).map(({ number, year }) => `API${number}:${year}`),
    advisories: names,
  });
}

/** A route for what was found by calling, else a file. */
function placeOf(found: Result, of: Run, { file, at, contract }: At): string {
  const location = found.locations?.[0];
  const artifact = location?.physicalLocation?.artifactLocation;
  const uri = artifact?.uri ?? of.artifacts?.[artifact?.index ?? -1]?.location?.uri;
  const target = found.webRequest?.target ?? uri ?? "";
  if (/^https?:\/\//i.test(target)) {
    const route = routePlace(found.webRequest?.method ?? "GET", target, contract);
    if (route !== undefined) return route;
    throw new ReportError({
      file,
      place: `${at}.locations.0`,
      got: shown(target),
      allowed: "a URL that can be read",
      fix: "let the tool write the report again",
    });
  }
  if (uri !== undefined && uri !== "") return fileOf(uri);
  const [logical] = location?.logicalLocations ?? [];
  return logical?.fullyQualifiedName ?? logical?.name ?? "no place stated";
}

/** Of the repository as the tool names it; of a path of the machine that scanned only the end. */
function fileOf(uri: string): string {
  const path = decoded(uri.replace(/^file:\/\/[^/]*/i, "")).replace(/\\/g, "/");
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  const absolute = path.startsWith("/") || /^[A-Za-z]:\//.test(path);
  return absolute ? `…/${steps.slice(-2).join("/")}` : steps.join("/");
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** What tells two results of a rule in one file apart and moves with the code: the tool's fingerprints, else the code itself. Never a line. */
function detailOf(found: Result): { readonly detail?: string } {
  const prints = Object.entries(found.fingerprints ?? found.partialFingerprints ?? {}).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  if (prints.length > 0) return { detail: digest(JSON.stringify(prints)) };
  const snippet = found.locations?.[0]?.physicalLocation?.region?.snippet?.text;
  return snippet === undefined || snippet.trim() === ""
    ? {}
    : { detail: digest(snippet.replace(/\s+/g, " ").trim()) };
}

/** Short: it stands behind the title, and is no secret's fingerprint that somebody could look up. */
const digest = (text: string): string =>
  `code ${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
