import { allComponents, packageId, type Bom, type Component } from "./bom";

/**
 * What may be in what we deploy, by SPDX id: https://spdx.org/licenses/. All ask for their own text to go along with the code, or for
 * nothing, and none reaches what is linked with it.
 */
const allowed: Readonly<Record<string, string>> = {
  "0BSD": "asks for nothing",
  "Apache-2.0": "permissive; its grant of patents ends for who sues",
  "BlueOak-1.0.0": "permissive; asks for its text or a link to it",
  "BSD-2-Clause": "permissive; asks for its text",
  "BSD-3-Clause": "permissive; asks for its text, and that its authors' names sell nothing",
  "CC-BY-3.0": "of data, not of code; asks for a mention",
  "CC0-1.0": "asks for nothing",
  ISC: "permissive; asks for its text",
  MIT: "permissive; asks for its text",
  "Python-2.0": "permissive; asks for its text",
};

/** Packages whose own words are no licence's id, and what they were found to be. */
const read: Readonly<
  Record<string, { readonly says: string; readonly is: string; readonly because: string }>
> = {
  "@logdna/tail-file@2.2.0": {
    says: "SEE LICENSE IN LICENSE",
    is: "MIT",
    because: "its file LICENSE has the text of MIT, word for word",
  },
};

export interface LicenceUse {
  /** As the package says it. */
  readonly licence: string;
  /** Sorted; each once. */
  readonly packages: readonly string[];
  /** Why it may be there; nothing where it may not. */
  readonly allowedBecause?: string;
}

/** What a component says of its licence; empty where it says nothing. */
export const licenceOf = ({ licenses = [] }: Component): string =>
  licenses
    .map(({ expression, license }) => expression ?? license?.id ?? license?.name ?? "")
    .filter((each) => each !== "")
    .sort()
    // A list of several is not said to be a choice, so all of them hold.
    .join(" AND ");

/** Each licence of the bills, by the packages that have it, in the order of their names. */
export function licenceUses(boms: readonly Bom[]): readonly LicenceUse[] {
  const packages = new Map<string, Set<string>>();
  const why = new Map<string, string | undefined>();
  for (const component of boms.flatMap(allComponents)) {
    const said = licenceOf(component);
    const id = packageId(component);
    const known = Object.hasOwn(read, id) ? read[id] : undefined;
    const isRead = known?.says === said;
    const licence = isRead ? `${known.is} (says "${said}")` : said === "" ? "none said" : said;
    packages.set(licence, (packages.get(licence) ?? new Set()).add(id));
    why.set(licence, isRead ? known.because : reasonFor(said));
  }
  return [...packages]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([licence, ids]) => {
      const allowedBecause = why.get(licence);
      return {
        licence,
        packages: [...ids].sort(),
        ...(allowedBecause === undefined ? {} : { allowedBecause }),
      };
    });
}

/**
 * Why an SPDX expression may be there; `undefined` where it may not, or is none: what is not understood is not allowed.
 * https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
 */
export function reasonFor(expression: string): string | undefined {
  const words = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const one = (): string | undefined => {
    const word = words[at++];
    if (word === "(") {
      const inner = any();
      return words[at++] === ")" ? inner : undefined;
    }
    // An exception takes nothing away from what is allowed, but none is known here.
    if (word === undefined || words[at] === "WITH") return undefined;
    return Object.hasOwn(allowed, word) ? allowed[word] : undefined;
  };
  const all = (): string | undefined => {
    const reasons = [one()];
    while (words[at] === "AND") {
      at++;
      reasons.push(one());
    }
    return reasons.includes(undefined) ? undefined : [...new Set(reasons)].join("; ");
  };
  const any = (): string | undefined => {
    const choices = [all()];
    while (words[at] === "OR") {
      at++;
      choices.push(all());
    }
    return choices.find((each) => each !== undefined);
  };
  const reason = any();
  return at === words.length ? reason : undefined;
}

/** The table for people. */
export const licenceTable = (uses: readonly LicenceUse[]): string =>
  [
    "# Licences",
    "",
    "Of every package in the bills of materials beside this file. Made by `npm run sbom`.",
    "",
    "| licence | packages | may be there, since |",
    "| --- | --- | --- |",
    ...uses.map(
      ({ licence, packages, allowedBecause }) =>
        `| ${cell(licence)} | ${packages.length}: ${cell(packages.join(", "))} | ${cell(allowedBecause ?? "**not allowed**")} |`,
    ),
    "",
  ].join("\n");

/** What a package says of itself must not break out of its cell. */
const cell = (text: string): string => text.replace(/\s+/g, " ").replace(/[|<>`\\]/g, "\\$&");
