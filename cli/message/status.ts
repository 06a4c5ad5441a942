import type { BlockRow } from "../audit/model";
import type { Facts } from "./facts";
import { clockOf, dayOf, lastingOf, momentOf, statusFrom, statusOf } from "./madrid";
import {
  blockName,
  dueText,
  evidenceText,
  footer,
  kickOffText,
  letterText,
  list,
  message,
  NO_CHANGE,
  openText,
  ownersText,
} from "./parts";
import { dateInSpanish } from "../../infra/shared/madrid";
import { counted, inSpanish, MILESTONES } from "./spanish";

/** The status of 13:00 or 18:00 in Madrid (B7.7): the board, what is late first. */
export function statusMessage(facts: Facts): string {
  const { audit } = facts;
  const atMs = Date.parse(audit.at);
  const slotMs = statusOf(atMs);
  const late = audit.blocks.filter(({ overdue }) => overdue);
  const { clauses, mandatoryViolations } = audit.summary;
  return message(
    `ESTADO DE LA FASE B EN ${audit.stack.toUpperCase()}, ${clockOf(slotMs)}, ${dayOf(slotMs)}`,
    [
      `Cláusulas: ${clauses.met} de ${audit.clauses.length} cumplidas; no cumplidas: ${clauses["not-met"]}; sin demostrar: ${clauses.unknown}. ${late.length === 0 ? "Ningún bloque fuera de plazo." : `Fuera de plazo: ${late.map(({ id }) => id).join(", ")}.`}`,
      `${kickOffText(facts)}${sinceText(facts, atMs)}`,
      letterText(facts),
      evidenceText(facts),
      mandatoryViolations === 0
        ? "Ninguna política obligatoria incumplida."
        : `${counted(mandatoryViolations, "incumplimiento de políticas obligatorias", "incumplimientos de políticas obligatorias")}: \`npm run audit\` las nombra.`,
      exceptionsText(facts),
    ].join("\n"),
    "«Sin demostrar» no es «cumplida»: falta una evidencia o una carta, o la demuestran pruebas automáticas, que aquí no se ejecutan.",
    `Bloques:\n${list([...late, ...audit.blocks.filter(({ overdue }) => !overdue)].map((block) => blockLine(facts, block)))}`,
    `Hitos:\n${list(audit.milestones.map((milestone) => milestoneLine(milestone, atMs)))}`,
    `Próximo estado: ${momentOf(statusFrom(slotMs + 1))}.`,
    NO_CHANGE,
    footer(facts),
  );
}

function sinceText({ audit: { kickOff } }: Facts, atMs: number): string {
  if (!kickOff.set) return "";
  const sinceMs = atMs - Date.parse(kickOff.at);
  return sinceMs < 0 ? "" : ` Han pasado ${lastingOf(sinceMs)}.`;
}

function blockLine({ audit }: Facts, block: BlockRow): string {
  const { met, notMet, unknown, dueHours, dueAt, overdue } = block;
  const due =
    dueHours === null ? "" : `; plazo: ${dueText(dueHours, dueAt)}${overdue ? ", FUERA DE PLAZO" : ""}`;
  const open = openText(audit.clauses.filter((clause) => clause.block === block.id));
  return `${blockName(block)} (${ownersText(block)}${due}): ${met} de ${met + notMet + unknown} cumplidas${open === "" ? "" : `; ${open}`}`;
}

function milestoneLine({ id, at }: Facts["audit"]["milestones"][number], atMs: number): string {
  const text = inSpanish(MILESTONES, id);
  if (at === undefined) return `${id}: ${text}`;
  const dueMs = Date.parse(at);
  return `${id} (${momentOf(dueMs)}, ${dueMs <= atMs ? "ya pasó" : `en ${lastingOf(dueMs - atMs)}`}): ${text}`;
}

function exceptionsText({ audit: { exceptions } }: Facts): string {
  const inForce = exceptions.filter(({ state }) => state === "in-force");
  const [first] = inForce
    .map(({ expires, id }) => ({ expires, id }))
    .sort((a, b) => (a.expires < b.expires ? -1 : 1));
  return first === undefined
    ? "Ninguna excepción en vigor."
    : `${counted(inForce.length, "excepción", "excepciones")} en vigor; la primera en terminar, ${first.id}, el ${dateOf(first.expires)}.`;
}

/** `2026-12-31` as `31 de diciembre de 2026` */
function dateOf(day: string): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  return dateInSpanish({ year, month, day: date });
}
