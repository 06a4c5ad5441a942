import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createApiGatewayClient } from "../rotation/apiGateway";
import { systemClock, type Clock } from "../rotation/clock";
import { logged } from "../rotation/rotationFunction";
import type { RotateStageCertificateConfiguration } from "./configuration";
import { replaceStageCertificate } from "./stageCertificate";
import { ApiGatewayStages } from "./stages";

/** What a test may put in the place of AWS, the clock and the standard output. */
export interface RotateStageCertificateSurroundings {
  readonly apiGateway?: APIGatewayClient;
  readonly clock?: Clock;
  readonly write?: LogOptions["write"];
}

export function wireRotateStageCertificate(
  configuration: RotateStageCertificateConfiguration,
  {
    apiGateway = createApiGatewayClient(),
    clock = systemClock,
    write,
  }: RotateStageCertificateSurroundings = {},
): () => Promise<void> {
  const ports = { stages: new ApiGatewayStages(apiGateway, configuration), clock };
  const log = functionLog("rotate-stage-certificate", configuration, { write });
  return () =>
    logged(log, async (line) => {
      line.set({ step: "replace" });
      line.set({ outcome: await replaceStageCertificate(ports, configuration) });
    });
}
