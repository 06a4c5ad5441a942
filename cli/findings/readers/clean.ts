/** What stands for what is not repeated. */
const MASK = "[masked]";

/**
 * What people and services must not find in a ledger, in the forms that reports have it. Reports are read by what is allowed, names and
 * numbers; this is for the texts that tools write around them.
 */
const MASKED: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{1,40}-----[^]*?(-----END [A-Z ]{1,40}-----|$)/g, MASK],
  // A header with its value, to the end of the line.
  [
    /\b((?:proxy-)?authorization|cookie|set-cookie|x-api-key|x-amz-security-token|x-subject|idempotency-key)(["'`]?\s*[:=]\s*)[^\n]*/gi,
    `$1$2${MASK}`,
  ],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${MASK}`],
  [
    /\b([\w-]{0,40}(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|credential|signature))(["'`]?\s*[:=]\s*["'`]?)[^\s"'`,;&]{3,}/gi,
    `$1$2${MASK}`,
  ],
  // User and query of a URL.
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'`]{1,200}@/gi, `$1${MASK}@`],
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s?#"'`<>]{1,500})[?#][^\s"'`<>]*/gi, `$1?${MASK}`],
  [/[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(\.[\p{L}\p{N}-]{1,63})+/gu, MASK],
  [/\beyJ[\w-]{8,}(\.[\w-]*){0,4}/g, MASK],
  [/\b(AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}\b/g, MASK],
  [/\b(sk|pk|rk|gh[pousr]|github_pat|glpat|xox[abprs]|npm|pypi)[_-][\w-]{8,}/g, MASK],
  [/\b(\d{1,3}\.){3}\d{1,3}\b/g, MASK],
  [
    /(?<![\w:])([0-9a-f]{1,4}:){2,7}(:?[0-9a-f]{1,4}){1,7}(?![\w:])|(?<![\w:])([0-9a-f]{1,4}:){1,6}:([0-9a-f]{1,4})?(?![\w:])/gi,
    MASK,
  ],
  // Numbers of people, accounts and cards.
  [/\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/g, MASK],
  [/(?<![\w.-])\+?\d(?:[ -]?\d){8,18}(?![\w.-])/g, MASK],
  // What is long and has letters and digits is no word: keys, digests, encoded bodies.
  [/(?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+=-]{32,}(?![\w+/=-])/g, MASK],
];

// eslint-disable-next-line no-control-regex
const ansi = /\u001b(\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)?|.)/g;
/** Controls, what turns the direction of text or has no width, halves of characters, separators of lines. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** Longer texts are cut before they are looked through: patterns cost time by length. */
const MAX_LOOKED_THROUGH = 20_000;

/** The text on one line, without what a terminal obeys and what must not be repeated, cut to so many characters. */
export function clean(text: string, characters: number): string {
  const plain = text.slice(0, MAX_LOOKED_THROUGH).replace(ansi, "").replace(/\r\n?/g, "\n");
  const masked = MASKED.reduce((left, [pattern, by]) => left.replace(pattern, by), plain);
  return cut(masked.replace(invisible, " ").replace(/\s+/g, " ").trim(), characters);
}

/** Cut by whole characters, with `…` where something is missing. */
function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const points = Array.from(text.slice(0, characters * 2));
  let kept = "";
  for (const point of points) {
    if (kept.length + point.length > characters - 1) break;
    kept += point;
  }
  return `${kept}…`;
}

/** HTML's text: ZAP writes paragraphs. */
export const withoutTags = (html: string): string =>
  html.slice(0, MAX_LOOKED_THROUGH).replace(/<\/?[A-Za-z][^<>]{0,200}>/g, " ");
