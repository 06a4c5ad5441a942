import type { Decision, Letter, Phase } from "./letter.schema";
import { letterFile } from "./letter";
import { ROLES, type Role } from "./roleKeys";

/**
 * The letter as people read and sign it, in Spanish. It follows from what is signed and from nothing else: no clock, no locale, no zone of
 * a machine. Another wording would end the letters that are in force, since each names the digest of its text.
 */
export function renderLetter(letter: Omit<Letter, "text">): string {
  const { phase, number, stack, decision, conditions, unprotect } = letter;
  return `${[
    `# Carta GO ${PHASE_NAMES[phase]} n.º ${number}`,
    `**Decisión: ${decision}**`,
    list([`Fase: ${PHASE_NAMES[phase]}`, `Stack: \`${stack}\``, `Emitida: ${inWords(letter.issuedAt)}`]),
    "## Qué se decide",
    ...decided(letter),
    "## Condiciones",
    ...conditionsOf(conditions),
    "## Recursos que pueden quedar sin protección",
    ...(unprotect.length === 0
      ? ["Ninguno."]
      : [
          "Solo estos pueden desprotegerse, borrarse o reemplazarse:",
          list(unprotect.map((name) => `\`${name}\``)),
        ]),
    "## Vigencia",
    list([`Desde: ${inWords(letter.startsAt)}`, `Hasta: ${inWords(letter.expiresAt)}`]),
    ENDS[phase],
    "## En qué se basa",
    list([
      `${letter.informe.name}, SHA-256 \`${letter.informe.sha256}\``,
      `Código fuente, SHA-256 \`${letter.sourceDigest}\``,
      `Commit \`${letter.commit}\``,
      `Lista de firmantes (\`roles.json\`), SHA-256 \`${letter.roles}\``,
      letter.previous === undefined
        ? "Carta anterior: ninguna, es la primera de su fase"
        : `Carta anterior, n.º ${number - 1}, SHA-256 \`${letter.previous}\``,
    ]),
    "## Firmas",
    `Firman tres personas distintas, una por función, cada una con su clave. Sus firmas están en \`${letterFile(phase, number, "envelope")}\`; sin las tres, esta carta no vale.`,
    list(ROLES.map((role) => `${ROLE_NAMES[role]}: ______________________________`)),
  ].join("\n\n")}\n`;
}

const PHASE_NAMES: Readonly<Record<Phase, string>> = { "fase-a": "Fase A", "fase-b": "Fase B" };
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  "lead-security": "Lead Security",
  code: "CODE",
  ceo: "CEO",
};

const ENDS: Readonly<Record<Phase, string>> = {
  "fase-a":
    "Fuera de esas fechas no vale. Tampoco si cambia esta carta o la lista de firmantes, si se revoca la clave de quien la firmó, o si hay una carta posterior de la misma fase.",
  "fase-b":
    "Fuera de esas fechas no vale. Tampoco si cambia el código fuente, esta carta o la lista de firmantes, si se revoca la clave de quien la firmó, o si hay una carta posterior de la misma fase.",
};

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

function decided({ phase, stack, decision, startsAt }: Omit<Letter, "text">): readonly string[] {
  const when: Readonly<Record<Decision, string>> = {
    GO: ".",
    "GO condicional": ", solo mientras se cumplan todas las condiciones de abajo.",
    "NO-GO": "",
  };
  if (phase === "fase-a")
    return decision === "NO-GO"
      ? [
          "**No** se autoriza empezar Fase B. Queda sin efecto toda carta anterior de esta fase.",
          "En producción no se cambia nada sin la firma del CEO.",
        ]
      : [
          `Se autoriza empezar Fase B en \`${stack}\`, según la orden de trabajo${when[decision]}`,
          `T+0 es el ${inWords(startsAt)}. En producción no se cambia nada sin la firma del CEO.`,
        ];
  return decision === "NO-GO"
    ? [
        `**No** se autoriza desplegar en producción (\`${stack}\`). Queda sin efecto toda carta anterior de esta fase.`,
      ]
    : [
        `Se autoriza desplegar en producción (\`${stack}\`) el código fuente que se identifica abajo, y ningún otro${when[decision]}`,
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

const MONTHS =
  "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(" ");

/** `26 de noviembre de 2026, 12:00:00 UTC`: an instant to the millisecond where it has any. */
function inWords(instant: string): string {
  const [, year, month, day, time, ms] = /^(\d+)-(\d+)-(\d+)T([\d:]+)\.(\d+)Z$/.exec(instant) ?? [];
  return `${Number(day)} de ${MONTHS[Number(month) - 1] ?? ""} de ${year ?? ""}, ${time ?? ""}${ms === "000" ? "" : `.${ms ?? ""}`} UTC`;
}
