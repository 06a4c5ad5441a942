import { z } from "zod";
import type { Severity } from "../../../infra/evidence/record/findings.schema";
import { classesOf, DEPENDENCY } from "./classes";
import { NOT_STATED, type Reading, type Report } from "./report";
import { ReportError, shown } from "./reportError";
import { Sightings } from "./sightings";
import { parsedBy } from "./strictJson";

/** `npm audit --json`, auditReportVersion 2. https://docs.npmjs.com/cli/commands/npm-audit */

const SEVERITY = {
  critical: "critical",
  high: "high",
  moderate: "medium",
  low: "low",
  info: "info",
} as const satisfies Record<string, Severity>;
const severity = z.enum(["critical", "high", "moderate", "low", "info"]);

const advisory = z.object({
  source: z.union([z.number(), z.string()]),
  name: z.string().min(1),
  title: z.string(),
  url: z.string(),
  severity,
  cwe: z.array(z.string().regex(/^CWE-\d{1,5}$/)).optional(),
  range: z.string(),
});

const vulnerability = z.object({
  name: z.string().min(1),
  severity,
  isDirect: z.boolean(),
  /** An advisory, or the name of another package of the list through which it is vulnerable. */
  via: z.array(z.union([z.string(), advisory])).min(1),
  nodes: z.array(z.string()),
  fixAvailable: z.union([
    z.boolean(),
    z.object({ name: z.string(), version: z.string(), isSemVerMajor: z.boolean().optional() }),
  ]),
});

const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), vulnerability),
  metadata: z.object({ vulnerabilities: z.object({ total: z.number().int().min(0) }) }),
});

/** What npm writes instead when the registry's audit gave no answer. */
const failure = z.object({ statusCode: z.number().optional(), error: z.unknown() });

export const isNpmAudit = (value: object): boolean =>
  "auditReportVersion" in value || ("error" in value && ("statusCode" in value || "message" in value));

/** @throws ReportError */
export function readNpmAudit(value: unknown, { file }: Reading): Report {
  refuseFailure(value, file);
  const read = parsedBy(report, value, file, "npm audit (version 2)");
  const all = new Map(Object.entries(read.vulnerabilities));
  const refuse = (place: string, got: string, allowed: string): never => {
    throw new ReportError({ file, place, got, allowed, fix: "run npm audit --json again" });
  };
  const { total } = read.metadata.vulnerabilities;
  if (total !== all.size)
    refuse("metadata.vulnerabilities.total", String(total), `the ${all.size} packages that are listed`);
  const sightings = new Sightings("npm-audit");
  for (const [key, one] of all) {
    const place = `vulnerabilities.${key}`;
    if (one.name !== key)
      refuse(`${place}.name`, shown(one.name), `the name that it is listed by, ${shown(key)}`);
    for (const via of one.via) {
      if (typeof via === "string") {
        if (!all.has(via)) refuse(`${place}.via`, shown(via), "an advisory, or a package that is listed");
        continue;
      }
      const ghsa = /\/(GHSA(?:-[0-9a-z]{4}){3})$/.exec(via.url)?.[1];
      sightings.add({
        rule: ghsa ?? `npm-${via.source}`,
        title: via.title,
        severity: SEVERITY[via.severity],
        classes: classesOf(
          (via.cwe ?? []).map((cwe) => Number(cwe.slice("CWE-".length))),
          { owaspTop10: DEPENDENCY, advisories: ghsa === undefined ? [] : [ghsa] },
        ),
        // Which versions are installed the report does not say, but which of them have it.
        place: `${via.name}@${via.range}`,
        evidence: [
          one.isDirect ? "a dependency of ours" : "a dependency of a dependency",
          ...one.nodes.slice(0, 10).map((node) => `installed at ${node}`),
          ...(one.nodes.length > 10 ? [`and at ${one.nodes.length - 10} more places`] : []),
          ...pathsTo(one.name, all),
        ],
        fix: fixOf(one.fixAvailable, via.name, via.range),
      });
    }
  }
  return { format: "npm-audit", tool: { name: "npm audit", version: NOT_STATED }, findings: sightings.all() };
}

function refuseFailure(value: unknown, file: string): void {
  if (typeof value !== "object" || value === null || "auditReportVersion" in value) return;
  const failed = failure.safeParse(value);
  if (!failed.success) return;
  throw new ReportError({
    file,
    place: "error",
    got: `an audit that the registry did not answer${failed.data.statusCode === undefined ? "" : `, with status ${failed.data.statusCode}`}`,
    allowed: "a report",
    fix: "audit against a registry that has the service; until then what is vulnerable is unknown",
    notAsked: true,
  });
}

type Vulnerability = z.infer<typeof vulnerability>;

const pathsTo = (name: string, all: ReadonlyMap<string, Vulnerability>): readonly string[] =>
  [...all.values()]
    .filter(({ via }) => via.includes(name))
    .slice(0, 10)
    .map((other) => `needed by ${other.name}`);

function fixOf(fix: Vulnerability["fixAvailable"], name: string, range: string): string {
  if (fix === false) return `no fixed version of ${name} is known`;
  if (fix === true) return `npm audit fix: a version of ${name} outside ${range}`;
  return `npm install ${fix.name}@${fix.version}${fix.isSemVerMajor === true ? ", which is a new major version" : ""}`;
}
