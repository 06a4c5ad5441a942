import { RECIPIENT_NAMES, type Facts, type Recipient } from "./facts";
import { momentOf, statusFrom } from "./madrid";
import {
  BRANCH,
  conditionLines,
  dueText,
  evidenceText,
  footer,
  kickOffText,
  letterText,
  list,
  message,
  NO_CHANGE,
  ownerLines,
} from "./parts";

/** What the order has said to each (B7.6), with the facts of the day. */
export function instructionsMessage(facts: Facts, to: Recipient): string {
  const { audit } = facts;
  const conditions = conditionLines(facts);
  return message(
    `FASE B EN ${audit.stack.toUpperCase()}: INSTRUCCIONES`,
    `Para: ${RECIPIENT_NAMES[to]}`,
    `Qué se pide:\n${list(ASKED[to](facts))}`,
    `Hoy:\n${list([
      kickOffText(facts),
      letterText(facts),
      ...conditions.map((line) => `Condición ${line}`),
      informeText(facts),
      evidenceText(facts),
    ])}`,
    ...(to === "code" ? [`Responsables por bloque, según la orden:\n${list(ownerLines(facts))}`] : []),
    NO_CHANGE,
    footer(facts),
  );
}

const informeText = ({ letter }: Facts): string =>
  letter === undefined
    ? "Informe A: ninguna carta válida lo cita todavía."
    : `${letter.informe.name}: entregado, es el que cita la carta.`;

const ASKED: Readonly<Record<Recipient, (facts: Facts) => readonly string[]>> = {
  "api-sec-01": ({ audit: { kickOff }, letter }) => {
    const start = kickOff.set ? Date.parse(kickOff.at) : undefined;
    const due = (hours: number): string =>
      start === undefined ? "" : dueText(hours, new Date(start + hours * 3_600_000).toISOString());
    const from = (words: string, when: string): string =>
      start === undefined ? `${words}.` : `${words}: ${when}.`;
    return [
      letter === undefined
        ? "Entregad Informe A con sus evidencias."
        : "Informe A con sus evidencias: hecho; no lo cambiéis, la carta cita su huella.",
      kickOff.set
        ? `La carta dice ${letter?.decision ?? "GO"}: la Fase B está en marcha, según la orden de trabajo, en la rama \`${BRANCH}\`.`
        : `Con GO o GO condicional, empezad la Fase B de inmediato, según la orden de trabajo, en la rama \`${BRANCH}\`.`,
      from("Tableros y alertas en 2 h", due(2)),
      from("DAST y fuzzing, con sus correcciones, en 24 h", due(24)),
      from("Idempotencia y cuotas cerradas en 36–48 h", `entre el ${due(36)} y el ${due(48)}`),
    ];
  },
  code: ({ audit: { at, kickOff }, letter }) => [
    letter === undefined
      ? "Recoged la carta firmada: Lead Security, CODE y CEO, cada uno con su clave; `npm run letter -- verify` dice si vale."
      : "La carta firmada está recogida y vale.",
    kickOff.set
      ? "Arranque convocado por la carta: falta confirmar un responsable por bloque (`npm run message -- kickoff`)."
      : "Con GO, convocad el arranque y nombrad un responsable por bloque.",
    `Estado a las 13:00 y a las 18:00, hora de Madrid; el próximo, el ${momentOf(statusFrom(Date.parse(at)))}.`,
  ],
};
