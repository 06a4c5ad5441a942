import type { FunctionFacts } from "../configuration";
import type { StageCertificateOptions } from "./stageCertificate";

/** What the rotation of the stage's client certificate is told of its stack. */
export interface RotateStageCertificateConfiguration extends FunctionFacts, StageCertificateOptions {
  /** The REST API's name: its id is not known before it is made. */
  readonly apiName: string;
  readonly stageName: string;
}
