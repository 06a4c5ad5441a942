import type { FunctionFacts } from "../configuration";
import type { ScannerCertificateOptions } from "./scannerCertificate";

/** What the rotation of the scans' certificate is told of its stack. */
export interface RotateScannerCertificateConfiguration extends FunctionFacts, ScannerCertificateOptions {
  readonly trustTable: string;
}
