import { createHash } from "node:crypto";
import { blocks } from "../../../policies/clauses";
import type { Audit } from "../model";
import { instantText } from "../words";
import { Html, markup } from "./html";
import { policiesSection } from "./policies";
import { SCRIPT } from "./script";
import {
  architectureSection,
  boardSection,
  clausesSection,
  evidenceSection,
  exceptionsSection,
  lettersSection,
  summarySection,
} from "./sections";
import { STYLE } from "./style";

const digestOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/**
 * The whole page in one text: it asks nobody for anything, and is forbidden to. Only the style and the script whose digests stand in its
 * policy are obeyed. https://www.w3.org/TR/CSP3/#meta-element
 */
const POLICY = [
  "default-src 'none'",
  `style-src '${digestOf(STYLE)}'`,
  `script-src '${digestOf(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const SECTIONS = [
  ["summary", "Summary"],
  ["board", "Board"],
  ["clauses", "Clauses"],
  ["policies", "Policies"],
  ["exceptions", "Exceptions"],
  ["evidence", "Evidence"],
  ["letters", "Carta GO"],
  ["architecture", "Architecture"],
] as const;

/** Pure: the same audit gives the same bytes. */
export function pageOf(audit: Audit): string {
  const title = `Audit of ${audit.project}, stack ${audit.stack}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}, ${instantText(audit.at)}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the audit</a>
<header>
<h1>${title}</h1>
<p class="quiet">As of ${instantText(audit.at)}, by the policy pack ${audit.pack.name} ${audit.pack.version}. Made by <code>npm run audit</code>; all of it is in <code>audit.json</code> too.</p>
</header>
<nav aria-label="Sections"><ul>${SECTIONS.map(([id, name]) => markup`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
${filters()}
<main id="main" tabindex="-1">
${[
  summarySection(audit),
  boardSection(audit),
  clausesSection(audit),
  policiesSection(audit),
  exceptionsSection(audit),
  evidenceSection(audit),
  lettersSection(audit),
  architectureSection(audit),
].flatMap((section) => [section, "\n"])}</main>
<footer class="quiet"><p>States: met; not met; unknown, which is not met. An auditor finds the rules in <code>policies/</code>.</p></footer>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.markup;
}

type Option = readonly [value: string, text: string];

function choice(name: string, label: string, options: readonly Option[]): Html {
  return markup`<div><label for="filter-${name}">${label}</label><select id="filter-${name}" name="${name}">${options.map(
    ([value, text]) => markup`<option value="${value}">${text}</option>`,
  )}</select></div>
`;
}

const BLOCKS: readonly Option[] = [
  ["", "All"],
  ...blocks.map(({ id, title }): Option => [id, `${id} ${title}`]),
];
const STATES: readonly Option[] = [
  ["", "All"],
  ["not-met", "Not met, violated, void"],
  ["unknown", "Unknown, advisory, excepted"],
  ["met", "Met, passed"],
];
const SEVERITIES: readonly Option[] = [
  ["", "All"],
  ["critical", "Critical"],
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];

/** The script shows it: without one it would do nothing. */
function filters(): Html {
  return markup`<form id="filters" class="filters" role="search" aria-label="Search and filter the audit" autocomplete="off" hidden>
<div class="search"><label for="search">Search</label><input id="search" type="search" name="search" spellcheck="false" autocomplete="off"></div>
${choice("block", "Block", BLOCKS)}${choice("state", "State", STATES)}${choice("severity", "Severity of policies", SEVERITIES)}<div><button type="reset">Show all</button></div>
<p id="found" role="status"></p>
</form>`;
}
