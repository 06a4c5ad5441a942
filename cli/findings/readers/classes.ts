import type { Sighting } from "../../../infra/evidence/record/findings.schema";

export type Classes = Sighting["classes"];

/** The weaknesses that each category lists. https://owasp.org/Top10/2021/ ("List of Mapped CWEs") */
const TOP_10_2021: Readonly<Record<string, readonly number[]>> = {
  "A01:2021": [
    22, 23, 35, 59, 200, 201, 219, 264, 275, 276, 284, 285, 352, 359, 377, 402, 425, 441, 497, 538, 540, 548,
    552, 566, 601, 639, 651, 668, 706, 862, 863, 913, 922, 1275,
  ],
  "A02:2021": [
    259, 261, 296, 310, 319, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330, 331, 335, 336, 337, 338, 340,
    347, 523, 720, 757, 759, 760, 780, 818, 916,
  ],
  "A03:2021": [
    20, 74, 75, 77, 78, 79, 80, 83, 87, 88, 89, 90, 91, 93, 94, 95, 96, 97, 98, 99, 100, 113, 116, 138, 184,
    470, 471, 564, 610, 643, 644, 652, 917,
  ],
  "A04:2021": [
    73, 183, 209, 213, 235, 256, 257, 266, 269, 280, 311, 312, 313, 316, 419, 430, 434, 444, 451, 472, 501,
    522, 525, 539, 579, 598, 602, 642, 646, 650, 653, 656, 657, 799, 807, 840, 841, 927, 1021, 1173,
  ],
  "A05:2021": [
    2, 11, 13, 15, 16, 260, 315, 520, 526, 537, 541, 547, 611, 614, 756, 776, 942, 1004, 1032, 1174,
  ],
  "A06:2021": [937, 1035, 1104],
  "A07:2021": [
    255, 259, 287, 288, 290, 294, 295, 297, 300, 302, 304, 306, 307, 346, 384, 521, 613, 620, 640, 798, 940,
    1216,
  ],
  "A08:2021": [345, 353, 426, 494, 502, 565, 784, 829, 830, 915],
  "A09:2021": [117, 223, 532, 778],
  "A10:2021": [918],
};

/**
 * The same of https://owasp.org/API-Security/editions/2023/en/0x11-t10/ ("References", "External"). API10, which is of the services that an
 * API calls, is left out: it lists CWE-20, 200 and 319, which say nothing of who was called.
 */
const API_TOP_10_2023: Readonly<Record<string, readonly number[]>> = {
  "API1:2023": [285, 639],
  "API2:2023": [204, 307],
  "API3:2023": [213, 915],
  "API4:2023": [400, 770, 799],
  "API5:2023": [285],
  "API7:2023": [918],
  "API8:2023": [2, 16, 209, 319, 388, 444, 942],
  "API9:2023": [1059],
};

const categoriesOf = (
  table: Readonly<Record<string, readonly number[]>>,
  cwes: readonly number[],
): string[] =>
  Object.entries(table)
    .filter(([, listed]) => cwes.some((cwe) => listed.includes(cwe)))
    .map(([category]) => category);

const sorted = (values: Iterable<string>): string[] =>
  [...new Set(values)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

/** What a finding is an instance of: by the weaknesses that the tool names, and what else is known of it. */
export const classesOf = (
  cwes: readonly number[],
  more: { readonly [K in "owaspTop10" | "owaspApiTop10" | "advisories"]?: readonly string[] } = {},
): Classes => ({
  owaspTop10: sorted([...categoriesOf(TOP_10_2021, cwes), ...(more.owaspTop10 ?? [])]),
  owaspApiTop10: sorted([...categoriesOf(API_TOP_10_2023, cwes), ...(more.owaspApiTop10 ?? [])]),
  cwe: sorted(cwes.filter((cwe) => cwe > 0).map((cwe) => `CWE-${cwe}`)),
  advisories: sorted(more.advisories ?? []),
});

export const mergedClasses = (a: Classes, b: Classes): Classes => ({
  owaspTop10: sorted([...a.owaspTop10, ...b.owaspTop10]),
  owaspApiTop10: sorted([...a.owaspApiTop10, ...b.owaspApiTop10]),
  cwe: sorted([...a.cwe, ...b.cwe]),
  advisories: sorted([...a.advisories, ...b.advisories]),
});

/** A dependency with an advisory: the category of its own, whatever its weakness. */
export const DEPENDENCY = ["A06:2021"] as const;
