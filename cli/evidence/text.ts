import { parseEvidencePath } from "../../infra/evidence/evidenceNames";
import { holds, type Verification } from "../../infra/evidence/record/verify";
import { printable, type Style } from "../style";

/** What `verify` says. */
export function verified(verification: Verification, json: boolean, style: Style): string {
  if (json) return `${JSON.stringify(facts(verification), undefined, 2)}\n`;
  const marks = { met: style.green("✓"), "not-met": style.red("✗"), unknown: style.yellow("?") };
  const clauses = verification.clauses.map(
    ({ clause, verdict, because, pieces }) =>
      `${marks[verdict]} ${clause} ${verdict}: ${printable(because)}\n${pieces.map(({ path }) => `    ${style.dim(path)}\n`).join("")}`,
  );
  const refusals = verification.refusals.map(
    ({ what, why }) => `${style.red("✗")} ${printable(what)}: ${printable(why)}\n`,
  );
  return `${[...clauses, ...refusals].join("")}${verification.pieces.length} files believed, ${verification.refusals.length} refusals\n`;
}

const facts = (verification: Verification): object => ({
  holds: holds(verification),
  clauses: verification.clauses.map(({ pieces, ...clause }) => ({
    ...clause,
    pieces: pieces.map(({ path }) => path),
  })),
  refusals: verification.refusals,
  pieces: verification.pieces.map(({ path, sha256, clause, signedBy, statement }) => ({
    path,
    sha256,
    clause,
    signedBy,
    kind: statement.kind,
    sourceDigest: statement.sourceDigest,
    collectedAt: statement.predicate.collectedAt,
    verdict: statement.predicate.verdict,
  })),
});

/** What lies where, by clause; nothing of it is believed. */
export const listed = (paths: readonly string[], clauses: readonly string[]): string =>
  clauses
    .map((clause) => {
      const own = paths.filter((path) => path.startsWith(`${clause}/`)).sort();
      const lines = own.map((path) => {
        const place = parseEvidencePath(path);
        return place
          ? `  ${new Date(place.collectedAtMs).toISOString()} ${place.kind} ${place.sha256}\n`
          : `  ${printable(path)}: its name is none of evidence\n`;
      });
      return `${clause}${own.length === 0 ? ": nothing" : ""}\n${lines.join("")}`;
    })
    .join("");
