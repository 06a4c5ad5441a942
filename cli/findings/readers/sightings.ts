import { createHash } from "node:crypto";
import {
  SEVERITIES,
  type Severity,
  type Sighting,
  type Tool,
} from "../../../infra/evidence/record/findings.schema";
import { mergedClasses, type Classes } from "./classes";
import { clean, withoutTags } from "./clean";

/** One instance, as a reader finds it; texts as the tool wrote them. */
export interface Instance {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly classes: Classes;
  readonly place: string;
  /** What tells two findings of one rule at one place apart, and is the same in the next run: a parameter's name. */
  readonly detail?: string;
  readonly evidence: readonly string[];
  readonly fix: string;
}

export const worse = (a: Severity, b: Severity): boolean => SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);

/** Characters of the id: 64 bits, for some thousands of findings. */
const ID_CHARACTERS = 16;
const MAX_EVIDENCE_LINES = 12;

export const idOf = (
  tool: Tool,
  { rule, place, detail }: Pick<Instance, "rule" | "place" | "detail">,
): string =>
  createHash("sha256")
    .update(JSON.stringify([tool, rule, place, detail ?? ""]))
    .digest("hex")
    .slice(0, ID_CHARACTERS);

interface Gathered {
  readonly first: Omit<Sighting, "evidence">;
  readonly severity: Severity;
  readonly classes: Classes;
  readonly evidence: ReadonlySet<string>;
  readonly instances: number;
}

/** Instances of one run, gathered by what they are of. */
export class Sightings {
  private readonly byId = new Map<string, Gathered>();

  constructor(private readonly tool: Tool) {}

  add(instance: Instance): void {
    const detail = instance.detail === undefined ? undefined : clean(instance.detail, 120);
    const rule = clean(instance.rule, 200) || "unnamed";
    const place = clean(instance.place, 500) || "no place stated";
    // By what is kept, not by what was written: an id tells nobody whether a masked value is this one.
    const id = idOf(this.tool, { rule, place, ...(detail ? { detail } : {}) });
    const known = this.byId.get(id);
    const evidence = new Set([
      ...(known?.evidence ?? []),
      ...instance.evidence.map((line) => clean(line, 300)).filter(Boolean),
    ]);
    this.byId.set(id, {
      first: known?.first ?? {
        id,
        tool: this.tool,
        rule,
        title: clean(`${instance.title || rule}${detail ? ` (${detail})` : ""}`, 300),
        severity: instance.severity,
        classes: instance.classes,
        place,
        fix: clean(withoutTags(instance.fix), 2_000),
      },
      severity: known && !worse(instance.severity, known.severity) ? known.severity : instance.severity,
      classes: known ? mergedClasses(known.classes, instance.classes) : instance.classes,
      evidence,
      instances: (known?.instances ?? 0) + 1,
    });
  }

  /** By id, each once. */
  all(): Sighting[] {
    return [...this.byId.values()]
      .map(({ first, severity, classes, evidence, instances }) => {
        const lines = [...evidence].sort();
        const left = lines.length - MAX_EVIDENCE_LINES;
        const text = [
          ...(instances > 1 ? [`${instances} instances`] : []),
          ...lines.slice(0, MAX_EVIDENCE_LINES),
          ...(left > 0 ? [`and ${left} more`] : []),
        ].join("; ");
        return { ...first, severity, classes, evidence: text.slice(0, 2_000) };
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
