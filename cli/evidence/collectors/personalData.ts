import { isIPv4, isIPv6 } from "node:net";
import { jsonOf } from "../../../infra/shared/json";

/** What a line of a log must not hold, and what can be told from it with some certainty. Names and addresses of people cannot. */
export const DATA_KINDS = [
  "email",
  "ipv4",
  "ipv6",
  "phone",
  "iban",
  "card",
  "identity-document",
  "token",
  "private-key",
  "aws-access-key",
] as const;
export type DataKind = (typeof DATA_KINDS)[number];

interface Detector {
  readonly candidates: RegExp;
  /** Of those that have a checksum or a form that an expression says badly. @default every candidate */
  readonly is?: (text: string) => boolean;
}

const digitsOf = (text: string): string => text.replace(/\D/g, "");
const LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";

/** By its last digit. https://www.iso.org/standard/70484.html (ISO/IEC 7812-1, annex B) */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** The remainder by 97 is 1, letters being numbers from 10 on (ISO 13616). */
function passesMod97(iban: string): boolean {
  const moved = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (const character of moved)
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/**
 * Spain's documents: the letter is the number's remainder by 23, a foreigner's first letter being a digit.
 * https://www.interior.gob.es/opencms/es/servicios-al-ciudadano/tramites-y-gestiones/dni/calculo-del-digito-de-control-del-nif-nie/
 */
function passesLetter(document: string): boolean {
  const text = document.replace(/[ -]/g, "").toUpperCase();
  const digits = text.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return LETTERS[Number(digits) % 23] === text.at(-1);
}

/** All are linear: none of their parts can take the same characters as the next. */
const DETECTORS: Readonly<Record<DataKind, Detector>> = {
  email: { candidates: /[\p{L}\d._%+-]{1,64}@[\p{L}\d-]{1,63}(?:\.[\p{L}\d-]{1,63}){1,8}/gu },
  ipv4: { candidates: /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g, is: isIPv4 },
  ipv6: {
    candidates: /(?<![\w:.])[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])/gi,
    // `::` alone is no address of anybody.
    is: (text) => isIPv6(text) && /[0-9a-f]/i.test(text),
  },
  phone: {
    // International, or Spanish and alone: nine digits that begin with 6 to 9.
    candidates:
      /(?<![\w.+-])(?:\+\d(?:[ .()-]{0,2}\d){7,14}|[6-9]\d{2}(?:[ .-]?\d{2,3}){2,3})(?![\w-]|\.\d)/g,
    is: (text) => (text.startsWith("+") ? digitsOf(text).length >= 9 : digitsOf(text).length === 9),
  },
  iban: {
    candidates: /(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])/g,
    is: (text) => passesMod97(text.replaceAll(" ", "")),
  },
  card: {
    // No card begins with 1, as times in milliseconds do.
    candidates: /(?<![\w.-])[2-6]\d{3}(?:[ -]?\d{1,6}){2,5}(?![\w-]|\.\d)/g,
    is: (text) => /^\d{14,19}$/.test(digitsOf(text)) && passesLuhn(digitsOf(text)),
  },
  "identity-document": {
    candidates: /(?<![\w-])(?:\d{8}|[XYZ][ -]?\d{7})[ -]?[A-Z](?![\w-])/gi,
    is: passesLetter,
  },
  token: { candidates: /\beyJ[\w-]{8,}\.[\w-]{4,}/g },
  "private-key": { candidates: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g },
  "aws-access-key": { candidates: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])/g },
};

/** How much of each kind a line holds, in whichever of its forms it shows most; never the data. */
export function personalDataIn(line: string): ReadonlyMap<DataKind, number> {
  const found = new Map<DataKind, number>();
  for (const form of formsOf(line))
    for (const kind of DATA_KINDS) {
      const { candidates, is = () => true } = DETECTORS[kind];
      const count = [...form.matchAll(candidates)].filter(([text]) => is(text)).length;
      if (count > (found.get(kind) ?? 0)) found.set(kind, count);
    }
  return found;
}

const LONGEST_LINE = 262_144;

/** A line as it stands, and what stands in it once its JSON's escapes and its percent signs are undone. */
function formsOf(line: string): ReadonlySet<string> {
  const text = line.slice(0, LONGEST_LINE);
  const forms = new Set([text]);
  const leaves = leavesOf(jsonOf(text)).join("\n");
  if (leaves !== "") forms.add(leaves);
  for (const form of [...forms])
    if (/%[0-9a-f]{2}/i.test(form)) forms.add(form.replace(/(?:%[0-9a-f]{2})+/gi, decoded));
  return forms;
}

function decoded(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}

const leavesOf = (value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [
        ...(Array.isArray(value) ? [] : [key]),
        ...leavesOf(inner),
      ])
    : typeof value === "string"
      ? [value]
      : typeof value === "number"
        ? [String(value)]
        : [];
