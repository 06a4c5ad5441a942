import { createHash } from "node:crypto";
import { Html } from "../../audit/page/html";
import { instantName, prose } from "../prose";
import type { Report } from "../report";
import { metricsSection } from "./metrics";
import {
  annex,
  clausesSection,
  decisionSection,
  exceptionsSection,
  findingsSection,
  fixesSection,
  header,
} from "./sections";
import { SAMPLE_STYLE, STYLE } from "./style";

/** It asks nobody for anything and runs nothing: only its own style is obeyed. https://www.w3.org/TR/CSP3/#meta-element */
const policyOf = (style: string): Html =>
  new Html(
    [
      "default-src 'none'",
      `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
  );

export const SAMPLE_MARK = "MUESTRA";

/**
 * Pure: the same report gives the same bytes.
 *
 * @param parts `body` leaves the annex out: by it the body's pages are counted
 */
export function pageOf(report: Report, parts: "all" | "body" = "all"): string {
  const { audit, sample } = report;
  const style = sample ? `${STYLE}${SAMPLE_STYLE}` : STYLE;
  return prose`<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${sample ? `${SAMPLE_MARK}: ` : ""}Informe B, ${instantName(audit.at)}</title>
<style>${new Html(style)}</style>
</head>
<body>
${
  // What is fixed to the window stands on every sheet that is printed.
  sample ? prose`<div class="watermark" aria-hidden="true">${SAMPLE_MARK}</div>` : undefined
}<main>
${[
  header(report),
  decisionSection(report),
  metricsSection(report),
  fixesSection(report),
  findingsSection(report),
  clausesSection(report),
  exceptionsSection(report),
  ...(parts === "all" ? [annex(report)] : []),
]}</main>
</body>
</html>
`.markup;
}
