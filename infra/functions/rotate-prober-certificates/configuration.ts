import type { FunctionFacts } from "../configuration";
import type { ProberCertificatesOptions } from "./proberCertificates";

/** What the rotation of the prober's certificates is told of its stack. */
export interface RotateProberCertificatesConfiguration extends FunctionFacts, ProberCertificatesOptions {
  readonly trustTable: string;
}
