import { z } from "zod";
import type { Severity } from "../../../infra/evidence/record/findings.schema";
import { classesOf } from "./classes";
import { clean, withoutTags } from "./clean";
import { routePlace } from "./place";
import { instantOf, type Reading, type Report } from "./report";
import { ReportError, shown } from "./reportError";
import { Sightings } from "./sightings";
import { parsedBy } from "./strictJson";

/**
 * ZAP's traditional JSON report (`traditional-json`, and `-plus`, whose requests and responses are not read).
 * https://www.zaproxy.org/docs/desktop/addons/report-generation/report-traditional-json/
 */

const number = (pattern: RegExp) => z.string().regex(pattern);

const instance = z.object({
  uri: z.string(),
  method: z.string(),
  /** The name of the parameter, never its value; empty where there is none. */
  param: z.string(),
});

const alert = z.object({
  pluginid: number(/^-?\d{1,9}$/),
  /** Of one of several alerts that a rule raises; older versions have none. */
  alertRef: z.string().min(1).max(60).optional(),
  name: z.string().min(1),
  riskcode: z.enum(["0", "1", "2", "3"]),
  confidence: z.enum(["0", "1", "2", "3", "4"]),
  desc: z.string(),
  instances: z.array(instance),
  count: number(/^\d{1,9}$/),
  systemic: z.boolean().optional(),
  solution: z.string(),
  cweid: number(/^-?\d{1,5}$/),
});

const report = z.object({
  "@programName": z.string().min(1),
  "@version": z.string().min(1),
  created: z.string().optional(),
  stoppingInsight: z.object({ reason: z.string().nullish(), description: z.string().nullish() }).optional(),
  site: z.array(z.object({ "@name": z.string(), alerts: z.array(alert) })),
});

/** ZAP's risks; it knows no critical. https://www.zaproxy.org/docs/desktop/start/features/alerts/ */
const SEVERITY_OF_RISK = { "3": "high", "2": "medium", "1": "low", "0": "info" } as const satisfies Record<
  string,
  Severity
>;

const CONFIDENCE = {
  "0": "false positive",
  "1": "low",
  "2": "medium",
  "3": "high",
  "4": "confirmed by a person",
} as const;

/** Told as a false positive, by a filter that a person wrote for ZAP: shown, and counts as nothing. */
const FALSE_POSITIVE = "0";

export const isZap = (value: object): boolean => "@programName" in value || "site" in value;

/** @throws ReportError */
export function readZap(value: unknown, { file, contract }: Reading): Report {
  const read = parsedBy(report, value, file, "ZAP (traditional JSON)");
  const sightings = new Sightings("zap");
  read.site.forEach((site, siteAt) => {
    site.alerts.forEach((one, alertAt) => {
      const place = `site.${siteAt}.alerts.${alertAt}`;
      if (Number(one.count) < one.instances.length)
        throw new ReportError({
          file,
          place: `${place}.count`,
          got: one.count,
          allowed: `at least the ${one.instances.length} instances that are listed`,
          fix: "let ZAP write the report again",
        });
      const common = {
        rule: one.alertRef ?? one.pluginid,
        title: withoutTags(one.name),
        severity: one.confidence === FALSE_POSITIVE ? "info" : SEVERITY_OF_RISK[one.riskcode],
        classes: classesOf(Number(one.cweid) > 0 ? [Number(one.cweid)] : []),
        fix: one.solution,
      } as const;
      const about = [`confidence ${CONFIDENCE[one.confidence]}`, clean(withoutTags(one.desc), 300)];
      if (one.systemic === true || Number(one.count) > one.instances.length)
        about.push(`${one.count} in all, of which ZAP lists ${one.instances.length}`);
      if (one.instances.length === 0)
        sightings.add({ ...common, place: `the whole site ${hostOf(site["@name"])}`, evidence: about });
      one.instances.forEach(({ uri, method, param }, at) => {
        const route = routePlace(method, uri, contract);
        if (route === undefined)
          throw new ReportError({
            file,
            place: `${place}.instances.${at}`,
            got: `method ${shown(method)} and uri ${shown(uri)}`,
            allowed: "a method and a URL of HTTP",
            fix: "let ZAP write the report again",
          });
        sightings.add({
          ...common,
          place: route,
          ...(param === "" ? {} : { detail: `parameter ${param}` }),
          evidence: about,
        });
      });
    });
  });
  const stopped = read.stoppingInsight;
  const incomplete = stopped
    ? `ZAP stopped early: ${clean(stopped.description ?? stopped.reason ?? "no reason stated", 200)}`
    : read.site.length === 0
      ? "ZAP reached no site"
      : undefined;
  const endedAt = instantOf(read.created);
  return {
    format: "zap",
    tool: { name: clean(read["@programName"], 60), version: clean(read["@version"], 60) },
    findings: sightings.all(),
    ...(incomplete === undefined ? {} : { incomplete }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

const hostOf = (site: string): string => (URL.canParse(site) ? new URL(site).host : clean(site, 100));
