import { issuingGeneration } from "../../infra/secrets/rotationConfigurations";
import type { Settings } from "../../infra/settings/settings.schema";
import type { EnrolmentSettings } from "./certificates";

/** What an enrolment goes by. */
export const enrolmentSettings = ({
  clients,
  trust,
  prober,
  scanning,
}: Pick<Settings, "clients" | "trust" | "prober" | "scanning">): EnrolmentSettings => ({
  clientIds: clients.map(({ clientId }) => clientId),
  issuedByRotation: {
    [prober.clientId]: "rotate-prober-certificates",
    [scanning.clientId]: "rotate-scanner-certificate",
  },
  leafLifetimeDays: trust.leaves.clients.lifetimeDays,
  generation: issuingGeneration({ trust }),
  revocationSeconds: trust.records.maxAgeSeconds,
});
