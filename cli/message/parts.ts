import type { BlockRow, ClauseRow, State } from "../audit/model";
import { printable } from "../style";
import type { Facts } from "./facts";
import { momentOf } from "./madrid";
import { BLOCKS, counted, inSpanish, MILESTONES, OWNERS } from "./spanish";

/** What several messages say, in Spanish. Plain text: it is copied into a chat, a mail or a ticket. */

export const NO_CHANGE = "En producción no se cambia nada sin la firma del CEO.";
export const BRANCH = "hardening/fase-b";

export const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");
export const message = (...parts: readonly string[]): string => `${parts.join("\n\n")}\n`;

/** `a las …` where T+0 is known, hours after it where it is not. */
export const dueText = (hours: number, at: string | undefined): string =>
  at === undefined ? `T+${hours}h` : `${momentOf(Date.parse(at))} (T+${hours}h)`;

export function kickOffText({ audit: { kickOff } }: Facts): string {
  return kickOff.set
    ? `T+0: ${momentOf(Date.parse(kickOff.at))}.`
    : "T+0: sin fijar, no hay Carta GO Fase A válida.";
}

/** The letter as it is; why there is none, in the words of whoever judged it. */
export function letterText({ audit, letter }: Facts): string {
  if (letter === undefined) {
    const why = audit.letters.find(({ phase }) => phase === "fase-a")?.says ?? "no letter was judged";
    // What is allowed and how it is mended, the command says to whoever asks it.
    const [got = ""] = printable(why).split("; allowed:");
    return `Carta GO Fase A: no hay ninguna válida; \`npm run letter -- verify\` dice «${got}».`;
  }
  const { number, decision, informe, expiresAt, conditions } = letter;
  const last = momentOf(Date.parse(expiresAt));
  return `Carta GO Fase A n.º ${number}: ${decision}, con sus tres firmas, vigente hasta el ${last}; decide sobre ${informe.name} (SHA-256 \`${informe.sha256}\`)${conditions.length === 0 ? "" : `; ${counted(conditions.length, "condición", "condiciones")}`}.`;
}

export const conditionLines = ({ letter }: Facts): readonly string[] =>
  (letter?.conditions ?? []).map(({ id, clause, text }) => `${id} (${clause}): ${printable(text)}`);

export function evidenceText({ audit: { evidence }, channel }: Facts): string {
  const { clauses, refusals } = evidence;
  const met = clauses.filter(({ state }) => state === "met").length;
  const refused =
    refusals.length === 0
      ? ""
      : ` ${counted(refusals.length, "evidencia rechazada", "evidencias rechazadas")}.`;
  return `Evidencias: ${met} de ${counted(clauses.length, "cláusula demostrada", "cláusulas demostradas")}; cada una se anuncia en \`${channel}\`.${refused}`;
}

export const ownersText = ({ owners }: Pick<BlockRow, "owners">): string =>
  owners.length === 0
    ? "sin responsable en la orden"
    : owners.map((one) => inSpanish(OWNERS, one)).join(", ");

export const blockName = ({ id }: Pick<BlockRow, "id">): string => `${id} ${inSpanish(BLOCKS, id)}`;

/** Who owns which block, and until when. */
export const ownerLines = ({ audit: { blocks } }: Facts): readonly string[] =>
  blocks
    .filter(({ owners }) => owners.length > 0)
    .map((block) => {
      const due = block.dueHours === null ? "" : ` — plazo: ${dueText(block.dueHours, block.dueAt)}`;
      return `${blockName(block)}: ${ownersText(block)}${due}`;
    });

export const milestoneLines = ({ audit: { milestones } }: Facts): readonly string[] =>
  milestones.map(
    ({ id, at }) =>
      `${id}${at === undefined ? "" : ` (${momentOf(Date.parse(at))})`}: ${inSpanish(MILESTONES, id)}`,
  );

const STATES: Readonly<Record<State, string>> = {
  met: "cumplidas",
  "not-met": "no cumplidas",
  unknown: "sin demostrar",
};

/** `no cumplidas: B1.5; sin demostrar: B1.1, B1.2` */
export const openText = (clauses: readonly ClauseRow[]): string =>
  (["not-met", "unknown"] as const)
    .flatMap((state) => {
      const ids = clauses.filter((clause) => clause.state === state).map(({ id }) => id);
      return ids.length === 0 ? [] : [`${STATES[state]}: ${ids.join(", ")}`];
    })
    .join("; ");

/** As of when all this is. */
export const footer = ({ audit: { at }, channel }: Facts): string =>
  `Datos del ${momentOf(Date.parse(at))} (${at.slice(11, 19)} UTC). Canal: \`${channel}\`.`;
