import { readConfiguration } from "../configuration";
import type { RotateStageCertificateConfiguration } from "./configuration";
import { wireRotateStageCertificate } from "./wiring";

/** The rotation of the client certificate of the stage, as Lambda runs it. */
export const handler = wireRotateStageCertificate(
  readConfiguration<RotateStageCertificateConfiguration>(__dirname),
);
