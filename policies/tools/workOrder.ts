/**
 * The reading of `work-order.md`: tables of clauses, then prose with owners and milestones.
 *
 * Pure: text in, data out. A sentence that is expected and not found is an error, so that a reworded work order
 * cannot lose an owner or a milestone unseen.
 */

export interface Block {
  /** e.g. `B4` */
  readonly id: string;
  readonly title: string;
}

export interface Clause {
  /** e.g. `B4.1` */
  readonly id: string;
  readonly block: string;
  readonly text: string;
  readonly holdsWhen: string;
  /** `null` where the work order names nobody. */
  readonly owner: string | null;
  /** Hours after kick-off: its owner's, or its milestone's where nobody owns it; `null` where the work order sets neither. */
  readonly dueHours: number | null;
  /** e.g. `T+24h`; `null` where no milestone names the clause. */
  readonly milestone: string | null;
}

export interface Milestone {
  readonly id: string;
  /** Hours after kick-off. */
  readonly hours: number;
  readonly text: string;
}

export interface WorkOrder {
  readonly blocks: readonly Block[];
  readonly clauses: readonly Clause[];
  readonly milestones: readonly Milestone[];
}

/** How the owners' sentence names each block that has an owner. */
const ownedBlocks: Readonly<Record<string, string>> = {
  B1: "observability",
  B2: "DAST and fuzz",
  B3: "idempotency and concurrency",
  B4: "rate limits",
  B5: "mTLS and TLS",
  B6: "secrets and SBOM",
};

/** Which words of which milestone stand for which clauses; a prefix such as `B8.` stands for its whole block. */
const milestoneWords: readonly {
  readonly milestone: string;
  readonly words: string;
  readonly clauses: string;
}[] = [
  { milestone: "T+0", words: "runbook in force", clauses: "B7.5" },
  { milestone: "T+2h", words: "dashboards, alerts, correlation", clauses: "B1." },
  { milestone: "T+24h", words: "DAST and fuzz with fixes", clauses: "B2." },
  { milestone: "T+24h", words: "base idempotency", clauses: "B3.1" },
  { milestone: "T+24h", words: "rate limits", clauses: "B4." },
  { milestone: "T+36h", words: "concurrency validated", clauses: "B3.2" },
  { milestone: "T+36h", words: "certificates automated", clauses: "B5.1" },
  { milestone: "T+36h", words: "SBOM audited", clauses: "B6.2" },
  { milestone: "T+48h", words: "Informe B", clauses: "B7.1" },
  { milestone: "T+48h", words: "every B8 clause met", clauses: "B8." },
];

/** The sentence that follows `label`, up to the next full stop that ends a line or precedes a capital. */
function paragraph(text: string, label: string): string {
  const flat = text.replace(/\n(?!\n)/g, " ").replace(/\s+/g, " ");
  const start = flat.indexOf(label);
  if (start < 0) {
    throw new Error(`work-order.md: no "${label}" found; expected a paragraph that starts so.`);
  }
  const rest = flat.slice(start + label.length);
  const end = rest.search(/\.(?= [A-Z])/);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}

/** `rate limits, and mTLS and TLS, DevOps security (36 h, 48 h)` gives two blocks, one owner, two deadlines. */
function readOwners(
  text: string,
): ReadonlyMap<string, { readonly owner: string; readonly dueHours: number }> {
  const owners = new Map<string, { owner: string; dueHours: number }>();
  for (const part of paragraph(text, "Owners:").split(";")) {
    const match = /^(.*), (?:the )?([^,]+) \(([^)]+)\)$/.exec(part.trim());
    if (!match) {
      throw new Error(`work-order.md: got owner "${part.trim()}"; expected "<block>, <owner> (<hours> h)".`);
    }
    const [, subjects = "", owner = "", deadlines = ""] = match;
    const hours = [...deadlines.matchAll(/(\d+) h/g)].map((found) => Number(found[1]));
    const blocks = Object.entries(ownedBlocks)
      .filter(([, words]) => subjects.includes(words))
      .map(([id]) => id);
    if (blocks.length === 0 || blocks.length !== hours.length) {
      throw new Error(
        `work-order.md: "${part.trim()}" names ${blocks.length} blocks and ${hours.length} deadlines.`,
      );
    }
    blocks.forEach((id, at) => owners.set(id, { owner, dueHours: hours[at] ?? 0 }));
  }
  for (const id of Object.keys(ownedBlocks)) {
    if (!owners.has(id)) throw new Error(`work-order.md: nobody owns ${id} ("${ownedBlocks[id]}").`);
  }
  return owners;
}

function readMilestones(text: string): readonly Milestone[] {
  return paragraph(text, "Milestones:")
    .split(";")
    .map((part) => {
      const match = /^(T\+(\d+)h?) (.+)$/.exec(part.trim());
      if (!match)
        throw new Error(`work-order.md: got milestone "${part.trim()}"; expected "T+<hours>h <text>".`);
      const [, id = "", hours = "", what = ""] = match;
      return { id, hours: Number(hours), text: what.replace(/\.$/, "") };
    });
}

function milestoneOf(clause: string, milestones: readonly Milestone[]): string | null {
  const found = milestoneWords.find(({ clauses }) =>
    clauses.endsWith(".") ? clause.startsWith(clauses) : clause === clauses,
  );
  if (!found) return null;
  const milestone = milestones.find(({ id }) => id === found.milestone);
  if (!milestone?.text.includes(found.words)) {
    throw new Error(
      `work-order.md: ${found.milestone} no longer says "${found.words}"; mend milestoneWords.`,
    );
  }
  return milestone.id;
}

/** Splits on `|` and unescapes; the outer two cells are empty by construction. */
const cells = (line: string): readonly string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

/** @throws when a row, the owners' sentence or the milestones' sentence has not the expected form */
export function readWorkOrder(text: string): WorkOrder {
  const owners = readOwners(text);
  const milestones = readMilestones(text);
  const blocks: Block[] = [];
  const clauses: Clause[] = [];
  for (const line of text.split("\n").filter((candidate) => /^\| \**B\d/.test(candidate))) {
    const [first = "", second = "", third = ""] = cells(line);
    const block = /^\*\*(B\d) (.+)\*\*$/.exec(first);
    if (block) {
      blocks.push({ id: block[1] ?? "", title: block[2] ?? "" });
      continue;
    }
    const id = /^\*{0,2}(B\d\.\d+)\*{0,2}$/.exec(first)?.[1];
    if (!id || !second || !third) {
      throw new Error(`work-order.md: got row "${line}"; expected "| B1.2 | clause | holds when |".`);
    }
    const blockId = id.slice(0, id.indexOf("."));
    if (!blocks.some((known) => known.id === blockId)) {
      throw new Error(`work-order.md: ${id} stands before the heading of its block ${blockId}.`);
    }
    // "A coordinator owns the board": the one clause of B7 with an owner of its own.
    const owner = id === "B7.7" ? { owner: "coordinator", dueHours: null } : owners.get(blockId);
    const milestone = milestones.find((one) => one.id === milestoneOf(id, milestones));
    clauses.push({
      id,
      block: blockId,
      text: second,
      holdsWhen: third,
      owner: owner?.owner ?? null,
      dueHours: owner?.dueHours ?? milestone?.hours ?? null,
      milestone: milestone?.id ?? null,
    });
  }
  const twice = clauses.find(({ id }, at) => clauses.findIndex((other) => other.id === id) !== at);
  if (twice) throw new Error(`work-order.md: ${twice.id} stands twice.`);
  if (clauses.length === 0) throw new Error("work-order.md: no clause found.");
  return { blocks, clauses, milestones };
}

/** The text of `clauses.ts`, before formatting. */
export function renderClauses({ blocks, clauses, milestones }: WorkOrder): string {
  const rows = (list: readonly object[]): string => list.map((row) => `  ${JSON.stringify(row)},`).join("\n");
  return [
    "// Made from work-order.md by `npm run clauses`. Edit the work order, never this file.",
    "",
    "/** The work order's blocks, in its order. */",
    `export const blocks = [\n${rows(blocks)}\n] as const;`,
    "",
    "/** Every clause: what was asked, when it holds, who owns it, hours after kick-off, milestone. */",
    `export const clauses = [\n${rows(clauses)}\n] as const;`,
    "",
    "/** Hours after kick-off, and what stands by then. */",
    `export const milestones = [\n${rows(milestones)}\n] as const;`,
    "",
    '/** An id of the work order, e.g. `"B4.1"`. */',
    'export type ClauseId = (typeof clauses)[number]["id"];',
    "",
  ].join("\n");
}
