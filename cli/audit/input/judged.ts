import type { PackReport, ResourceState } from "../../preview/model";
import type { Subject } from "../model";

/** A stack and what the pack says of it, be it a preview's or a state's. */
export interface JudgedStack {
  readonly project: string;
  readonly stack: string;
  readonly subject: Subject;
  /** By URN. */
  readonly resources: readonly Pick<
    ResourceState,
    "urn" | "type" | "custom" | "parent" | "inputs" | "dependencies" | "propertyDependencies"
  >[];
  readonly pack: PackReport;
}
