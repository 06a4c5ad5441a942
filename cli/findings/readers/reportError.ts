import { clean } from "./clean";

/**
 * A report that says nothing that may be believed, in one line. Nothing of it is repeated but what `clean` lets pass: it may hold keys and
 * what people wrote.
 */
export class ReportError extends Error {
  override readonly name = "ReportError";

  constructor(problem: {
    /** Of the report, and where in it. */
    readonly file: string;
    readonly place: string;
    readonly got: string;
    readonly allowed: string;
    readonly fix: string;
    /** The tool says itself that nobody could be asked: what was to be found is unknown. */
    readonly notAsked?: boolean;
  }) {
    const { file, place, got, allowed, fix } = problem;
    super(`${clean(file, 200)}: ${clean(place, 200)}: got ${got}; allowed: ${allowed}; fix: ${fix}`);
    this.notAsked = problem.notAsked ?? false;
  }

  readonly notAsked: boolean;
}

/** What stands there, for an error. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return `"${clean(value, 60)}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return String(value).slice(0, 60);
}
