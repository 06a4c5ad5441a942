import { issuingGeneration } from "../../infra/secrets/rotationConfigurations";
import type { Settings } from "../../infra/settings/settings.schema";
import type { EnrolmentSettings } from "./certificates";

/** What an enrolment goes by. */
export const enrolmentSettings = ({
  clients,
  trust,
  prober,
}: Pick<Settings, "clients" | "trust" | "prober">): EnrolmentSettings => ({
  clientIds: clients.map(({ clientId }) => clientId),
  proberClientId: prober.clientId,
  leafLifetimeDays: trust.leaves.clients.lifetimeDays,
  generation: issuingGeneration({ trust }),
  revocationSeconds: trust.records.maxAgeSeconds,
});
