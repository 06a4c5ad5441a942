import { dateInSpanish, inMadrid, twoDigits } from "../shared/madrid";
import type { Letter, Phase } from "./letter.schema";
import { letterFile } from "./letter";
import { ROLES, type Role } from "./roleKeys";

/**
 * The letter as people read and sign it, in Spanish. It follows from what is signed and from nothing else: no clock, no locale, no zone of
 * a machine; Madrid's summer time alone is Node.js's. Another wording would end the letters that are in force, since each names the digest of its text.
 */
export function renderLetter(letter: Omit<Letter, "text">): string {
  const { phase, number, stack, decision } = letter;
  return `${[
    `# Carta GO ${PHASE_NAMES[phase]} n.º ${number}`,
    `**Decisión: ${decision}**`,
    list([
      `Fase: ${PHASE_NAMES[phase]}`,
      `Entorno (stack): \`${stack}\``,
      `Emitida: ${inWords(letter.issuedAt)}`,
    ]),
    "## Qué se decide",
    ...decided(letter),
    // A prohibition has neither conditions nor an end, and takes no protection away.
    ...(decision === "NO-GO" ? [] : terms(letter)),
    "## Vigencia",
    ...validity(letter),
    "## En qué se basa",
    "Cada documento se identifica por su huella digital (SHA-256): con otro contenido tendría otra.",
    list([
      `${letter.informe.name}, SHA-256 \`${letter.informe.sha256}\``,
      `Código fuente, SHA-256 \`${letter.sourceDigest}\``,
      `Versión del código en el repositorio (commit): \`${letter.commit}\``,
      `Lista de quienes pueden firmar cartas (\`roles.json\`), SHA-256 \`${letter.roles}\``,
      `Lista de quienes pueden firmar evidencias (\`collectors.json\`), SHA-256 \`${letter.collectors}\``,
      letter.previous === undefined
        ? "Carta anterior: ninguna, es la primera de su fase"
        : `Carta anterior, n.º ${number - 1}, SHA-256 \`${letter.previous}\``,
    ]),
    "## Firmas",
    `Firman tres personas distintas, una por función, cada una con su propia clave: firma electrónica (Ed25519); la firma manuscrita no surte efecto. Las firmas están en \`${letterFile(phase, number, "envelope")}\`. Sin las tres, esta carta carece de validez.`,
    list(ROLES.map((role) => ROLE_NAMES[role])),
  ].join("\n\n")}\n`;
}

const PHASE_NAMES: Readonly<Record<Phase, string>> = { "fase-a": "Fase A", "fase-b": "Fase B" };
const ROLE_NAMES: Readonly<Record<Role, string>> = {
  "lead-security": "Lead Security (responsable de seguridad)",
  code: "CODE (coordinación: recoge la carta firmada y convoca el arranque)",
  ceo: "CEO (dirección general)",
};

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

type Unsigned = Omit<Letter, "text">;

const NO_CHANGE = "En producción no se cambia nada sin la firma del CEO.";
const TAKES_BACK = "Queda sin efecto toda carta anterior de esta fase.";

function decided({ phase, stack, decision, startsAt }: Unsigned): readonly string[] {
  const when =
    decision === "GO condicional" ? ", solo mientras se cumplan todas las condiciones de abajo" : "";
  if (phase === "fase-a")
    return decision === "NO-GO"
      ? [`**No** se autoriza el inicio de la Fase B. ${TAKES_BACK}`, NO_CHANGE]
      : [
          `Se autoriza el inicio de la Fase B en el entorno \`${stack}\`, según la orden de trabajo${when}.`,
          `El inicio es el ${inWords(startsAt)}. Ese instante es T+0: desde él se cuentan los plazos de la orden de trabajo (T+24h: 24 horas después).`,
          NO_CHANGE,
        ];
  return decision === "NO-GO"
    ? [`**No** se autoriza el despliegue en producción (\`${stack}\`). ${TAKES_BACK}`]
    : [
        `Se autoriza el despliegue en producción (\`${stack}\`) del código fuente que se identifica abajo, y de ningún otro${when}.`,
        "El día del despliegue deben cumplirse todas las cláusulas B8 de la orden de trabajo, y también B6.2 y B6.3, demostradas con evidencias firmadas, vigentes y del mismo código fuente. Si falta una sola, no se despliega.",
      ];
}

const terms = ({ conditions, unprotect }: Unsigned): readonly string[] => [
  "## Condiciones",
  ...conditionsOf(conditions),
  "## Recursos que pueden quedar sin protección",
  ...(unprotect.length === 0
    ? ["Ninguno."]
    : [
        "Solo estos pueden desprotegerse, borrarse o reemplazarse:",
        list(unprotect.map((name) => `\`${name}\``)),
      ]),
];

function validity({ phase, decision, startsAt, expiresAt }: Unsigned): readonly string[] {
  if (decision === "NO-GO")
    return [
      list([`Desde: ${inWords(startsAt)}`]),
      "Esta prohibición no caduca: se mantiene mientras una carta posterior de la misma fase, con sus tres firmas, no disponga otra cosa.",
    ];
  const source = phase === "fase-b" ? "el código fuente, " : "";
  return [
    list([`Desde: ${inWords(startsAt)}`, `Hasta: ${inWords(expiresAt)}`]),
    `Fuera de esas fechas carece de validez. También la pierde si cambia ${source}esta carta o una de las dos listas de firmantes que se identifican abajo, si se revoca la clave de quien la firmó, o si hay una carta posterior de la misma fase.`,
  ];
}

const conditionsOf = (conditions: Letter["conditions"]): readonly string[] =>
  conditions.length === 0
    ? ["Ninguna."]
    : [
        "Deben cumplirse todas. Cada una se demuestra con una evidencia firmada de su cláusula:",
        conditions
          .map(
            ({ id, text, clause, evidence }) =>
              `- **${id}.** ${plain(text)}\n  - Cláusula: ${clause}\n  - Evidencia, SHA-256 \`${evidence}\``,
          )
          .join("\n"),
      ];

/**
 * A text in which nothing is markup, and nothing is there that a reader cannot see: a comment of HTML could hide the rest of the letter, a
 * mark of direction turn it round.
 */
const plain = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]<>&#|~!]/g, "\\$&")
    .replace(
      /[\p{C}\p{Zl}\p{Zp}]/gu,
      (character) => `(U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`,
    );

/**
 * `26 de noviembre de 2026, 12:00:00 UTC (26 de noviembre de 2026, 13:00:00 CET, hora de Madrid)`: an instant to the millisecond where it
 * has any.
 */
function inWords(instant: string): string {
  const at = new Date(instant);
  const local = inMadrid(at.getTime());
  const utc = { day: at.getUTCDate(), month: at.getUTCMonth() + 1, year: at.getUTCFullYear() };
  const fraction = instant.slice(19, 23).replace(".000", "");
  const clock = [local.hour, local.minute, local.second].map(twoDigits).join(":");
  return `${dateInSpanish(utc)}, ${instant.slice(11, 19)}${fraction} UTC (${dateInSpanish(local)}, ${clock}${fraction} ${local.zone}, hora de Madrid)`;
}
