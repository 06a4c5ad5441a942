import { z } from "zod";
import type { Severity } from "../../../infra/evidence/record/findings.schema";
import { classesOf, DEPENDENCY } from "./classes";
import { NOT_STATED, type Reading, type Report } from "./report";
import { ReportError, shown } from "./reportError";
import { severityOfScore } from "./scores";
import { Sightings } from "./sightings";
import { parsedBy } from "./strictJson";

/** osv-scanner's JSON. https://google.github.io/osv-scanner/output/#json, records: https://ossf.github.io/osv-schema/ */

const vulnerability = z.object({
  id: z.string().min(1).max(100),
  aliases: z.array(z.string()).nullish(),
  summary: z.string().optional(),
  database_specific: z
    .object({ severity: z.string().nullish(), cwe_ids: z.array(z.string()).nullish() })
    .nullish(),
  affected: z
    .array(
      z.object({
        package: z.object({ name: z.string() }).optional(),
        ranges: z.array(z.object({ events: z.array(z.record(z.string(), z.string())) })).nullish(),
      }),
    )
    .nullish(),
});

const group = z.object({
  /** Several records of one weakness. */
  ids: z.array(z.string()).min(1),
  aliases: z.array(z.string()).nullish(),
  /** The CVSS base score as the scanner computes it; empty where no record has a vector. */
  max_severity: z.string().optional(),
});

const report = z.object({
  results: z.array(
    z.object({
      source: z.object({ path: z.string(), type: z.string() }),
      packages: z.array(
        z.object({
          package: z.object({
            name: z.string().min(1),
            version: z.string(),
            ecosystem: z.string(),
            commit: z.string().optional(),
          }),
          vulnerabilities: z.array(vulnerability).nullish(),
          groups: z.array(group).nullish(),
        }),
      ),
    }),
  ),
});

export const isOsv = (value: object): boolean =>
  "results" in value && !("errors" in value) && !("runs" in value);

type Vulnerability = z.infer<typeof vulnerability>;

/** @throws ReportError */
export function readOsv(value: unknown, { file }: Reading): Report {
  const read = parsedBy(report, value, file, "osv-scanner");
  const sightings = new Sightings("osv");
  read.results.forEach(({ source, packages }, resultAt) =>
    packages.forEach(({ package: of, vulnerabilities, groups }, packageAt) => {
      const place = `results.${resultAt}.packages.${packageAt}`;
      const records = new Map((vulnerabilities ?? []).map((record) => [record.id, record]));
      for (const one of groupsOf(groups ?? [], records, (got) => {
        throw new ReportError({
          file,
          place: `${place}.groups`,
          got,
          allowed: "groups of the vulnerabilities that are listed",
          fix: "let osv-scanner write the report again",
        });
      })) {
        const members = one.ids.flatMap((id) => records.get(id) ?? []);
        const names = new Set([
          ...one.ids,
          ...(one.aliases ?? []),
          ...members.flatMap(({ aliases }) => aliases ?? []),
        ]);
        const { severity, said } = severityOf(one, members);
        sightings.add({
          rule: ruleOf(one.ids),
          title:
            members.map(({ summary }) => summary ?? "").find((summary) => summary !== "") ?? ruleOf(one.ids),
          severity,
          classes: classesOf(
            members.flatMap(({ database_specific: more }) => (more?.cwe_ids ?? []).flatMap(cweNumber)),
            { owaspTop10: DEPENDENCY, advisories: [...names].filter((name) => ADVISORY.test(name)) },
          ),
          place: `${of.name}@${of.version || of.commit || "unknown"}`,
          detail: of.ecosystem,
          // The path is of the machine that scanned; which lock file it was is not.
          evidence: [`of ${source.path.split(/[\\/]/).at(-1) ?? source.type}`, said],
          fix: fixOf(of.name, members),
        });
      }
    }),
  );
  return { format: "osv", tool: { name: "osv-scanner", version: NOT_STATED }, findings: sightings.all() };
}

const ADVISORY = /^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3}|[A-Za-z][A-Za-z0-9]*-[\w.:-]{1,60})$/;

const cweNumber = (id: string): number[] => {
  const number = /^CWE-(\d{1,5})$/.exec(id)?.[1];
  return number === undefined ? [] : [Number(number)];
};

type Group = z.infer<typeof group>;

/** Every vulnerability in one group, also where the scanner made none. */
function groupsOf(
  groups: readonly Group[],
  records: ReadonlyMap<string, Vulnerability>,
  refuse: (got: string) => never,
): readonly Group[] {
  const grouped = new Set<string>();
  for (const id of groups.flatMap(({ ids }) => ids)) {
    if (!records.has(id)) refuse(`${shown(id)}, which is not listed`);
    if (grouped.has(id)) refuse(`${shown(id)} twice`);
    grouped.add(id);
  }
  return [...groups, ...[...records.keys()].filter((id) => !grouped.has(id)).map((id) => ({ ids: [id] }))];
}

/** One that stays when another database gives the same weakness a number: GitHub's, then the others by name, a CVE last. */
function ruleOf(ids: readonly string[]): string {
  const rank = (id: string): number => (id.startsWith("GHSA-") ? 0 : id.startsWith("CVE-") ? 2 : 1);
  const [first] = [...ids].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return first ?? "unnamed";
}

const BY_WORD: ReadonlyMap<string, Severity> = new Map([
  ["critical", "critical"],
  ["high", "high"],
  ["important", "high"],
  ["moderate", "medium"],
  ["medium", "medium"],
  ["low", "low"],
]);

/** By the scanner's score, else the database's word. A malicious package is critical; what nobody has judged counts as high until somebody has. */
function severityOf(
  { ids, max_severity: score }: Group,
  members: readonly Vulnerability[],
): { severity: Severity; said: string } {
  if (ids.some((id) => id.startsWith("MAL-"))) return { severity: "critical", said: "a malicious package" };
  const bySeverity = severityOfScore(score);
  if (bySeverity) return { severity: bySeverity, said: `CVSS base score ${score}` };
  const words = members.flatMap(
    ({ database_specific: more }) => BY_WORD.get((more?.severity ?? "").toLowerCase()) ?? [],
  );
  const [word] = words.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  if (word) return { severity: word, said: `${word} by its database` };
  return { severity: "high", said: "nobody states how severe it is: counts as high" };
}
const ORDER: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

function fixOf(name: string, members: readonly Vulnerability[]): string {
  const fixed = members.flatMap(({ affected }) =>
    (affected ?? [])
      .filter((one) => one.package === undefined || one.package.name === name)
      .flatMap(({ ranges }) =>
        (ranges ?? []).flatMap(({ events }) => events.flatMap((event) => event["fixed"] ?? [])),
      ),
  );
  return fixed.length === 0
    ? `no fixed version of ${name} is known`
    : `${name} ${[...new Set(fixed)].sort().join(" or ")}`;
}
