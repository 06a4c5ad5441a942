import type { Judged, Loss, PlanJudgement } from "../../infra/release/plan";
import { plural, printable, type Style } from "../style";

const WORDS: Readonly<Record<Loss, string>> = {
  deleted: "deleted",
  replaced: "replaced",
  unprotected: "without protection",
  unknown: "unknown",
};

/** What the plan would take away comes first, the rest is a line. */
export function judgementText(judgement: PlanJudgement, stack: string, style: Style): string {
  const { losses, others, staging } = judgement;
  const line = ({ id, loss, op, allowed, because }: Judged): string => {
    const word = `${WORDS[loss]}${loss === "unknown" ? ` (${op})` : ""}`;
    return `  ${allowed ? style.yellow("!") : style.red("✗")} ${word}: ${printable(id)}: ${because}\n`;
  };
  const counts = Object.entries(others)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([op, count]) => `${count} ${op}`);
  const head =
    losses.length === 0
      ? `${style.green("✓")} nothing of ${stack} is deleted or replaced\n`
      : `${stack}, ${staging ? "staging" : "production"}: ${plural(losses.length, "resource")} deleted, replaced or without protection\n`;
  return `${head}${losses.map(line).join("")}${counts.length === 0 ? "" : `  beside that: ${counts.join(", ")}\n`}`;
}

export const refusalText = (refused: readonly Judged[], style: Style): string =>
  `${style.red("refused")}: ${plural(refused.length, "resource")}; fix: keep ${refused.length === 1 ? "it" : "them"} in the program, or have the Carta GO name ${refused.map(({ id }) => printable(id)).join(", ")} (npm run letter -- draft --unprotect <type>::<name>)\n`;

export const problemsText = (head: string, problems: readonly string[], style: Style): string =>
  `${style.red("refused")}: ${head}\n${problems.map((problem) => `  ${printable(problem)}\n`).join("")}`;
