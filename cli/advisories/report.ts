import { z } from "zod";

/** What `npm audit --json` prints, of npm 7 and later, as far as it is read here. https://docs.npmjs.com/cli/v11/commands/npm-audit */
const count = z.number().int().min(0);

const advisory = z.object({
  source: z.union([z.number(), z.string()]),
  /** The package that has it. */
  name: z.string().min(1),
  title: z.string().optional(),
  url: z.string().optional(),
  severity: z.string(),
  range: z.string().optional(),
});

const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(
    z.string(),
    // What has no advisory of its own names the package from which it has it.
    z.object({ severity: z.string(), via: z.array(z.union([z.string(), advisory])) }),
  ),
  metadata: z.object({
    vulnerabilities: z.object({ critical: count, high: count, moderate: count, low: count }),
  }),
});

export interface Critical {
  /** `GHSA-…` where the advisory has one. */
  readonly id: string;
  /** Of the package. */
  readonly name: string;
  readonly title: string;
}

export type Audit =
  | {
      readonly audited: true;
      readonly counts: Readonly<Record<"critical" | "high" | "moderate" | "low", number>>;
      readonly criticals: readonly Critical[];
    }
  | { readonly audited: false; readonly because: string };

const KNOWN_MILDER = ["info", "low", "moderate", "high"];

/** A severity that nobody knows is no milder than the worst. */
const stops = ({ severity }: { readonly severity: string }): boolean => !KNOWN_MILDER.includes(severity);

const failure = z.object({
  message: z.string().optional(),
  error: z.object({ summary: z.string().optional(), code: z.string().optional() }).optional(),
});

/** What npm printed, understood; whatever is no whole report is no audit: an absent answer is never a good one. */
export function readAudit(text: string): Audit {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { audited: false, because: "npm audit gave no report" };
  }
  const read = report.safeParse(value);
  if (!read.success) {
    const { message, error } = failure.safeParse(value).data ?? {};
    return { audited: false, because: oneLine(message ?? error?.summary ?? error?.code ?? "") };
  }
  const { vulnerabilities, metadata } = read.data;
  const found = new Map<string, Critical>();
  const add = (critical: Critical): unknown => found.set(`${critical.id} ${critical.name}`, critical);
  for (const [name, { severity, via }] of Object.entries(vulnerabilities)) {
    const own = via.filter((each) => typeof each !== "string");
    for (const each of own.filter(stops)) {
      const id = /GHSA(-[0-9a-z]{4}){3}/.exec(each.url ?? "")?.[0] ?? `npm-${each.source}`;
      add({ id, name: each.name, title: each.title ?? "" });
    }
    // What nothing explains can't be excepted.
    const from = via.filter((each) => typeof each === "string");
    const explained =
      own.some(stops) || from.some((each) => vulnerabilities[each] && stops(vulnerabilities[each]));
    if (stops({ severity }) && !explained) add({ id: "unnamed", name, title: "" });
  }
  const counts = metadata.vulnerabilities;
  if (counts.critical > 0 && found.size === 0) add({ id: "unnamed", name: "unnamed", title: "" });
  const criticals = [...found.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  return { audited: true, counts, criticals };
}

/** Without the registry's address, which is this machine's own affair. */
const oneLine = (text: string): string =>
  (text.split("\n")[0] ?? "")
    .replace(/https?:\/\/\S+/g, "the registry")
    .trim()
    .slice(0, 200) || "npm audit gave no report";
