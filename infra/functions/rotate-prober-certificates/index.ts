import { readConfiguration } from "../configuration";
import type { RotateProberCertificatesConfiguration } from "./configuration";
import { wireRotateProberCertificates } from "./wiring";

/** The rotation of the prober's certificates, as Lambda runs it. */
export const handler = wireRotateProberCertificates(
  readConfiguration<RotateProberCertificatesConfiguration>(__dirname),
);
