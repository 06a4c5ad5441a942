import { createHash } from "node:crypto";
import {
  SEVERITIES,
  type Severity,
  type Sighting,
  type Tool,
} from "../../../infra/evidence/record/findings.schema";
import { mergedClasses, type Classes } from "./classes";
import { clean, plain, withoutTags } from "./clean";

/** One instance, as a reader finds it; texts as the tool wrote them. */
export interface Instance {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly classes: Classes;
  readonly place: string;
  /** A package, whose name and version may look like what is masked. */
  readonly isPackage?: boolean;
  /** What tells two findings of one rule at one place apart, and is the same in the next run: a parameter's name. */
  readonly detail?: string;
  /** The same, where it says nothing to a person. */
  readonly key?: string;
  readonly evidence: readonly string[];
  readonly fix: string;
}

export const worse = (a: Severity, b: Severity): boolean => SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);

/** Characters of the id: 64 bits, for some thousands of findings. */
const ID_CHARACTERS = 16;
const MAX_EVIDENCE_LINES = 12;

/** Of what the tool wrote, not of what is kept of it: two places that are masked alike stay two. */
export const idOf = (
  tool: Tool,
  { rule, place, detail, key }: Pick<Instance, "rule" | "place" | "detail" | "key">,
): string =>
  createHash("sha256")
    .update(JSON.stringify([tool, rule, place, detail ?? "", key ?? ""]))
    .digest("hex")
    .slice(0, ID_CHARACTERS);

interface Gathered {
  readonly first: Omit<Sighting, "evidence">;
  severity: Severity;
  classes: Classes;
  readonly evidence: Set<string>;
  instances: number;
}

/** Instances of one run, gathered by what they are of. */
export class Sightings {
  private readonly byId = new Map<string, Gathered>();

  /** Thousands of instances say the same. */
  private readonly cleaned = new Map<string, string>();

  constructor(private readonly tool: Tool) {}

  add(instance: Instance): void {
    const id = idOf(this.tool, instance);
    const known = this.byId.get(id);
    const gathered = known ?? this.begun(id, instance);
    if (worse(instance.severity, gathered.severity)) gathered.severity = instance.severity;
    if (known) gathered.classes = mergedClasses(known.classes, instance.classes);
    for (const line of instance.evidence) gathered.evidence.add(this.line(line));
    gathered.instances += 1;
    this.byId.set(id, gathered);
  }

  private begun(id: string, instance: Instance): Gathered {
    const { severity, classes } = instance;
    const detail = instance.detail === undefined ? "" : clean(instance.detail, 120);
    const rule = clean(instance.rule, 200) || "unnamed";
    const title = clean(`${instance.title || rule}${detail === "" ? "" : ` (${detail})`}`, 300);
    const place = (instance.isPackage === true ? plain : clean)(instance.place, 500) || "no place stated";
    const fix = clean(withoutTags(instance.fix), 2_000);
    const first = { id, tool: this.tool, rule, title: title || rule, severity, classes, place, fix };
    return { first, severity, classes, evidence: new Set(), instances: 0 };
  }

  private line(text: string): string {
    const known = this.cleaned.get(text);
    if (known !== undefined) return known;
    const line = clean(text, 300);
    this.cleaned.set(text, line);
    return line;
  }

  /** By id, each once. */
  all(): Sighting[] {
    return [...this.byId.values()]
      .map(({ first, severity, classes, evidence, instances }) => {
        const lines = [...evidence].filter((line) => line !== "").sort();
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
