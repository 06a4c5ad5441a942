import type { Contract } from "../../../infra/contract/contract";
import type { Sighting, Tool } from "../../../infra/evidence/record/findings.schema";

/** What a reader is told beside the text. */
export interface Reading {
  /** Of the report, for errors. */
  readonly file: string;
  readonly contract: Contract;
}

/** What a report says. */
export interface Report {
  readonly format: Tool;
  /** `not stated` where the format has no place for the version. */
  readonly tool: { readonly name: string; readonly version: string };
  readonly findings: readonly Sighting[];
  /** Why the run does not stand for all that it was to look at; then what it has not seen may still be there. */
  readonly incomplete?: string;
  /** When the tool wrote it, where it says so with its zone. */
  readonly endedAt?: string;
}

export const NOT_STATED = "not stated";

/** An instant of a report as ours, to the millisecond; undefined for one without a zone, which is no instant. */
export function instantOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text))
    return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
