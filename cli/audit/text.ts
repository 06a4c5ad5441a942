import { plural, printable, type Style } from "../style";
import { blockLine, kickOffText, SHOWN_STATES } from "./words";
import type { Audit } from "./model";

/** What a terminal shows of an audit; the page has the rest. */
export function closingText(audit: Audit, page: string | undefined, style: Style): string {
  const { summary, policies, resources } = audit;
  const paint = { met: style.green, "not-met": style.red, unknown: style.yellow };
  const lines = audit.blocks.map(
    (block) => `${paint[block.state](SHOWN_STATES[block.state].padEnd(8))} ${blockLine(block)}`,
  );
  const violations = policies.flatMap(({ name, findings }) =>
    findings
      .filter(({ verdict }) => verdict === "violated")
      .map(({ resource, message }) => {
        const about = resource === undefined ? undefined : resources[resource];
        const place = about === undefined ? "" : `${about.type} ${about.name}: `;
        return `${style.red("violated")} ${name}: ${printable(`${place}${message}`.replace(/\s+/g, " "))}`;
      }),
  );
  const shown = violations.slice(0, MAX_VIOLATIONS);
  const { from, resources: count } = audit.subject;
  return [
    ...lines,
    ...shown,
    ...(violations.length > shown.length ? [`and ${violations.length - shown.length} more`] : []),
    kickOffText(audit.kickOff),
    `${audit.stack} as of ${audit.at}, by its ${from}: ${plural(count, "resource")}, ${plural(audit.pack.policies, "policy", "policies")}, ` +
      `${plural(summary.mandatoryViolations, "mandatory violation")}; clauses: ${summary.clauses.met} met, ${summary.clauses["not-met"]} not met, ${summary.clauses.unknown} unknown`,
    ...(page === undefined ? [] : [`Wrote ${page} and audit.json beside it`]),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

const MAX_VIOLATIONS = 100;
