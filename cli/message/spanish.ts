import type { blocks, clauses, milestones } from "../../policies/clauses";

/*
 * The work order's words in the language of its messages. Typed by the work order: one more block, owner or milestone, and this does not
 * compile.
 */

type Owner = Exclude<(typeof clauses)[number]["owner"], null>;

export const BLOCKS: Readonly<Record<(typeof blocks)[number]["id"], string>> = {
  B0: "Salvaguardas",
  B1: "Observabilidad",
  B2: "DAST y fuzzing",
  B3: "Idempotencia y concurrencia",
  B4: "Límites y cuotas",
  B5: "mTLS y TLS",
  B6: "Secretos y cadena de suministro",
  B7: "Entregables",
  B8: "Criterios de cierre",
};

export const OWNERS: Readonly<Record<Owner, string>> = {
  "observability engineer": "ingeniería de observabilidad",
  "QA Sec": "QA Sec",
  "two backend developers": "dos desarrolladores de backend",
  "DevOps security": "DevOps de seguridad",
  "lead of API security": "responsable de seguridad de la API",
  coordinator: "coordinación",
};

export const MILESTONES: Readonly<Record<(typeof milestones)[number]["id"], string>> = {
  "T+0": "arranque, responsables nombrados, runbook en vigor",
  "T+2h": "tableros, alertas, correlación y línea base de rendimiento; el DAST empieza después",
  "T+24h": "DAST y fuzzing con correcciones, idempotencia básica, límites de tasa",
  "T+36h": "concurrencia validada, certificados automatizados, SBOM auditado",
  "T+48h": "Informe B, todas las cláusulas B8 cumplidas, decisión del CEO sobre producción",
};

/** @throws Error for what the work order does not have */
export function inSpanish(words: Readonly<Record<string, string>>, english: string): string {
  const spanish = Object.hasOwn(words, english) ? words[english] : undefined;
  if (spanish === undefined)
    throw new Error(
      `${JSON.stringify(english)}: got no Spanish word for it; allowed: ${Object.keys(words).join(", ")}; fix: add it to cli/message/spanish.ts`,
    );
  return spanish;
}

/** `1 cláusula`, `2 cláusulas` */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
