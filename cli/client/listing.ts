import { padEnd, plural, type Style } from "../style";
import type { CertificateState, ListedLeaf } from "./certificates";
import type { IssuedLeaf } from "./trustTable";

const DAY_MS = 86_400_000;

/** How long it has, for people: days, or hours in the last two. */
export function remaining(notAfterMs: number, nowMs: number): string {
  const leftMs = notAfterMs - nowMs;
  if (leftMs < 0) return "over";
  if (leftMs >= 2 * DAY_MS) return `${Math.floor(leftMs / DAY_MS)} days`;
  return plural(Math.floor(leftMs / 3_600_000), "hour");
}

const painted = (style: Style, state: CertificateState): string =>
  state === "live" ? style.green(state) : state === "revoked" ? style.red(state) : style.dim(state);

/** One line a certificate, columns in line. */
export function describeLeaves(leaves: readonly ListedLeaf[], nowMs: number, style: Style): string {
  if (leaves.length === 0) return "no certificate is recorded\n";
  const width = Math.max(...leaves.map(({ clientId }) => clientId.length));
  return leaves
    .map((leaf) => {
      const state = painted(style, leaf.state) + " ".repeat("revoked".length - leaf.state.length);
      const notes = [
        ...(leaf.generation === undefined ? ["not in the ledger"] : [leaf.generation]),
        ...(leaf.recorded ? [] : ["not in the table"]),
      ];
      const end = new Date(leaf.notAfterMs).toISOString();
      const left = padEnd(remaining(leaf.notAfterMs, nowMs), "999 days".length);
      return `${padEnd(leaf.clientId, width)}  ${state}  ${end}  ${left}  ${leaf.serial}  ${notes.join(", ")}\n`;
    })
    .join("");
}

export const describeOthers = (others: readonly IssuedLeaf[]): readonly string[] =>
  others.map(
    ({ serial, notAfterMs }) =>
      `certificate ${serial} stays good beside it until ${new Date(notAfterMs).toISOString()}`,
  );
