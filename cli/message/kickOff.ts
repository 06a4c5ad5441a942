import { RECIPIENT_NAMES, type Facts, type Recipient } from "./facts";
import { clockOf, dayOf, momentOf, statusFrom } from "./madrid";
import {
  BRANCH,
  conditionLines,
  evidenceText,
  kickOffText,
  letterText,
  list,
  message,
  milestoneLines,
  NO_CHANGE,
  ownerLines,
} from "./parts";

/** Whether there is something to begin: nothing is, before a letter says so. */
export const mayBegin = ({ audit: { kickOff } }: Facts): boolean => kickOff.set;

const FIRST_STEPS: Readonly<Record<Recipient, readonly string[]>> = {
  "api-sec-01": [
    `Empezad ya por la orden de trabajo, en la rama \`${BRANCH}\`: un pull request con dos revisiones, Lead y QA Sec.`,
    "Primero observabilidad: hasta que haya línea base de rendimiento no empieza el DAST.",
    "Sin evidencia no hay nada hecho: se recoge, se firma y se anuncia a medida que se cierra cada cláusula.",
  ],
  code: [
    "Confirmad un responsable con nombre por bloque; el que falte se dice hoy.",
    "Runbook en vigor: docs/runbook.md; la guardia, en PagerDuty.",
    "Estado a las 13:00 y a las 18:00, hora de Madrid: `npm run message -- status`.",
  ],
};

export function kickOffMessage(facts: Facts, to: readonly Recipient[]): string {
  const { audit, channel } = facts;
  const { kickOff } = audit;
  const names = to.map((one) => RECIPIENT_NAMES[one]).join(" y ");
  const conditions = conditionLines(facts);
  return message(
    ...(kickOff.set
      ? [`ARRANQUE DE LA FASE B EN ${audit.stack.toUpperCase()}`]
      : [`BORRADOR, NO SE ENVÍA: sin una Carta GO Fase A válida no hay arranque.`, "ARRANQUE DE LA FASE B"]),
    `Para: ${names}`,
    [kickOffText(facts), letterText(facts)].join("\n"),
    ...(conditions.length === 0 ? [] : [`Condiciones de la carta, todas:\n${list(conditions)}`]),
    `Responsables y plazos:\n${list(ownerLines(facts))}`,
    `Hitos:\n${list(milestoneLines(facts))}`,
    ...to.map((one) => `${RECIPIENT_NAMES[one]}, ahora:\n${list(FIRST_STEPS[one])}`),
    [evidenceText(facts), ...(kickOff.set ? [firstStatus(Date.parse(kickOff.at))] : [])].join("\n"),
    NO_CHANGE,
    footer(facts, channel),
  );
}

const firstStatus = (startMs: number): string => {
  const at = statusFrom(startMs);
  return `Primer estado: ${momentOf(at)}.`;
};

export const footer = ({ audit: { at } }: Facts, channel: string): string => {
  const atMs = Date.parse(at);
  return `Datos del ${dayOf(atMs)}, ${clockOf(atMs)} (${at.slice(11, 19)} UTC). Canal: \`${channel}\`.`;
};
