import { readConfiguration } from "../configuration";
import type { RotateScannerCertificateConfiguration } from "./configuration";
import { wireRotateScannerCertificate } from "./wiring";

/** The rotation of the scans' certificate, as Lambda runs it. */
export const handler = wireRotateScannerCertificate(
  readConfiguration<RotateScannerCertificateConfiguration>(__dirname),
);
