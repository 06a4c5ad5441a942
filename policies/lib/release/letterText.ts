/**
 * The letter as the three have read it, in Spanish. The program writes it; what decides is looked for here as the pack itself would write
 * it, so that nobody is shown one letter while another is signed.
 */
import type { Letter } from "./payload";

const phaseNames = { "fase-a": "Fase A", "fase-b": "Fase B" } as const;

/** In each zone's own words: `26 de noviembre de 2026, 13:00:00 CET`. */
function instantIn(timeZone: "UTC" | "Europe/Madrid", at: Date): string {
  const parts = new Intl.DateTimeFormat("es-ES", {
    timeZone,
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? "";
  const ms = at.getUTCMilliseconds();
  const fraction = ms === 0 ? "" : `.${String(ms).padStart(3, "0")}`;
  return `${part("day")} de ${part("month")} de ${part("year")}, ${part("hour")}:${part("minute")}:${part("second")}${fraction} ${part("timeZoneName")}`;
}

const inWords = (instant: string): string => {
  const at = new Date(instant);
  return `${instantIn("UTC", at)} (${instantIn("Europe/Madrid", at)}, hora de Madrid)`;
};

/** By how a line begins, the lines that begin so: these, and no others. */
const linesOf = ({
  phase,
  number,
  stack,
  decision,
  expiresAt,
  sourceDigest,
  commit,
  conditions,
  unprotect,
}: Letter): readonly (readonly [begin: string, lines: readonly string[]])[] => [
  ["# ", [`# Carta GO ${phaseNames[phase]} n.º ${number}`]],
  ["**Decisión", [`**Decisión: ${decision}**`]],
  ["- Fase", [`- Fase: ${phaseNames[phase]}`]],
  ["- Entorno", [`- Entorno (stack): \`${stack}\``]],
  // Who says no says so until another letter.
  ["- Hasta", decision === "NO-GO" ? [] : [`- Hasta: ${inWords(expiresAt)}`]],
  ["- Código fuente", [`- Código fuente, SHA-256 \`${sourceDigest}\``]],
  ["- Versión", [`- Versión del código en el repositorio (commit): \`${commit}\``]],
  ["- **C", conditions.map(({ id }) => `- **${id}.**`)],
  ["- `", unprotect.map((name) => `- \`${name}\``)],
];

/** What of the letter does not stand in the text that was read, as words after "got"; `undefined` where all of it does. */
export function notInText(letter: Letter, text: Uint8Array): string | undefined {
  const lines = Buffer.from(text).toString("utf8").split("\n");
  for (const [begin, expected] of linesOf(letter)) {
    // Of a condition the text follows, in which what is markup is written otherwise.
    const found = lines.filter((line) => line.startsWith(begin));
    const same =
      found.length === expected.length &&
      expected.every((line, at) =>
        begin === "- **C" ? found[at]?.startsWith(`${line} `) : found[at] === line,
      );
    if (!same) return `a text whose lines "${begin}…" are not what was signed`;
  }
  return undefined;
}
