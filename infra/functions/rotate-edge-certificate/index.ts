import { readConfiguration } from "../configuration";
import type { RotateEdgeCertificateConfiguration } from "./configuration";
import { wireRotateEdgeCertificate } from "./wiring";

/** The rotation of the edge's client certificate, as Lambda runs it. */
export const handler = wireRotateEdgeCertificate(
  readConfiguration<RotateEdgeCertificateConfiguration>(__dirname),
);
