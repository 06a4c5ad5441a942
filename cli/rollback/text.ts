import { padEnd, plural, printable, type Style } from "../style";
import type { Answer } from "./history";
import { neverPutBack, parts } from "./parts";
import type { Known, Plan, Row, Situation } from "./plan";

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");

/** What AWS has came from whoever may write there. */
const said = (answer: Answer<string>, characters?: number): string =>
  answer.known ? printable(answer.value).slice(0, characters) : "unknown";

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function listText({ deployments }: Situation, style: Style): string {
  if (deployments.length === 0) return lines("no deployment");
  const rows = deployments.map((one) => [
    one.inForce ? "▶" : " ",
    one.id,
    timeOf(one.createdMs),
    one.digest?.slice(0, 12) ?? "unknown",
    said(one.commit, 12),
    said(one.who),
    one.left ? "a rollback went away from it" : "",
  ]);
  const head = [" ", "deployment", "made", "model", "commit", "who", ""];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => padEnd(cell, widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return lines(
    style.bold(line(head)),
    ...rows.map((row, at) => (deployments[at]?.inForce ? style.green(line(row)) : line(row))),
    ...unknowns(deployments),
    style.dim(
      "▶ in force. The commit is the first whose committed preview has the model; which of those that share it was deployed, AWS does not keep.",
    ),
  );
}

/** Each reason once. */
function unknowns(deployments: readonly Known[]): readonly string[] {
  const reasons = (what: string, answers: readonly Answer<string>[]): readonly string[] =>
    [...new Set(answers.flatMap((answer) => (answer.known ? [] : [answer.because])))].map(
      (because) => `unknown ${what}: ${because}`,
    );
  return [
    ...reasons(
      "commit",
      deployments.map(({ commit }) => commit),
    ),
    ...reasons(
      "who",
      deployments.map(({ who }) => who),
    ),
  ];
}

export function planText(plan: Plan, style: Style): string {
  const { from, to } = plan;
  const who = `by ${said(to.who)}, commit ${said(to.commit, 12)}`;
  return lines(
    `${style.bold(`${from.id} → ${to.id}`)}, made ${timeOf(to.createdMs)} ${who}`,
    "",
    style.bold("changes"),
    ...plan.changes.map((row) => rowText(row, style)),
    "",
    style.bold("stays as it is now, and was otherwise in the program of that day"),
    ...(plan.differs.length === 0
      ? ["  nothing that is known"]
      : plan.differs.map((row) => rowText(row, style))),
    ...plan.uncompared.map((one) => `  not compared: ${one}`),
    "",
    style.bold("stays, whatever it is"),
    ...Object.values(parts)
      .filter(({ moves }) => !moves)
      .map(({ what, otherwise }) => `  ${what}; put back by ${otherwise}`),
    ...plan.domains.map(
      ({ name, truststore }) =>
        `  truststore of ${printable(name)}: ${truststore === undefined ? "none" : printable(`${truststore.uri}, version ${truststore.version ?? "of the newest"}`)}`,
    ),
    "",
    style.bold("never put back"),
    ...neverPutBack().map(({ name, owner, rollback }) => `  ${name} of ${owner}: ${rollback}`),
    ...plan.warnings.map((warning) => `${style.yellow("!")} ${printable(warning)}`),
  );
}

const rowText = ({ part, about, now, then }: Row, style: Style): string =>
  `  ${part}, ${printable(about)}: ${style.red(printable(now))} → ${style.green(printable(then))}`;

export const checkText = (found: readonly Finding[], style: Style): string =>
  lines(
    ...found.map(({ holds, text }) => `${holds ? style.green("✓") : style.red("✗")} ${printable(text)}`),
    `${plural(found.filter(({ holds }) => !holds).length, "problem")}`,
  );

export interface Finding {
  readonly holds: boolean;
  readonly text: string;
}
