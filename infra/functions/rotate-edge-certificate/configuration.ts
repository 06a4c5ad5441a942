import type { FunctionFacts } from "../configuration";
import type { EdgeCertificateOptions } from "./edgeCertificate";

/** What the rotation of the edge's client certificate is told of its stack. */
export interface RotateEdgeCertificateConfiguration extends FunctionFacts, EdgeCertificateOptions {
  readonly trustTable: string;
  /** An agent that must answer to the new certificate before it is in force. */
  readonly agent?: {
    readonly host: string;
    readonly port: number;
    /** What is asked for, with HEAD, e.g. `/healthz`. */
    readonly path: string;
    readonly timeoutMs: number;
  };
}
