import type { Proof } from "../../../policies/proofs";

/** What is said to clients, and the test that fails when it is no longer true. */
export interface Proved {
  readonly says: string;
  readonly proof: Proof;
}

export const proved = (says: string, file: string, title: string): Proved => ({
  says,
  proof: { file, title },
});

/** `2,000,000`: no locale of a machine's. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** `262,144 bytes (256 KiB)`; without the second where it is no whole number. */
export function bytes(count: number): string {
  const [unit, size] = count % 1_048_576 === 0 ? ["MiB", 1_048_576] : ["KiB", 1_024];
  return `${grouped(count)} bytes${count % size === 0 ? ` (${count / size} ${unit})` : ""}`;
}

export const seconds = (count: number): string => `${grouped(count)} s`;

export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** `stacks/<stack>/documents` lies three folders below the project's. */
const UP = "../../..";

const proofText = ({ file, title }: Proof): string => `Proof: [\`${file}\`](${UP}/${file}), \`${title}\``;

/** @param mark what a line begins with: `-`, or `- [ ]` where it is ticked off */
export const provedList = (mark: "-" | "- [ ]", lines: readonly Proved[]): string =>
  lines.map(({ says, proof }) => `${mark} ${says}<br>\n  <sub>${proofText(proof)}</sub>`).join("\n");

export const madeBy = (stack: string): string =>
  `<!-- Made by \`npm run export\` from Pulumi.${stack}.yaml and infra/contract. Edit those, never this file. -->`;
