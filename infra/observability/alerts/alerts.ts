import type { Contract } from "../../contract/contract";
import { proberAlerts } from "../../prober/proberRules";
import type { Settings } from "../../settings/settings.schema";
import { agentAlerts } from "./agents";
import type { Alert } from "./alert";
import { alertContext } from "./alertContext";
import { alertNames } from "./alertNames";
import { functionAlerts } from "./functions";
import { limitAlerts } from "./limits";
import { lifeAlerts } from "./lives";
import { objectiveAlerts } from "./objectives";
import { orderedAlerts } from "./ordered";
import { silenceAlerts } from "./silence";

/**
 * Every alert of the stack, in the order of {@link alertNames}. One without a subject (no queue, no rule that only counts, no agent of
 * that severity) is absent. Pure.
 *
 * @throws Error when an alert has no name of its own, or a name of the list no alert though it has a subject
 */
export function alerts(settings: Settings, contract: Contract): readonly Alert[] {
  const context = alertContext(settings, contract);
  const all = [
    ...orderedAlerts(context),
    ...objectiveAlerts(context),
    ...proberAlerts({
      namePrefix: settings.namePrefix,
      settings: settings.prober,
      agents: settings.agents,
      contract,
      domainCertificates: settings.certificates,
      serviceCertificates: settings.trust.leaves.services,
    }),
    ...agentAlerts(context),
    ...limitAlerts(context),
    ...lifeAlerts(context),
    ...functionAlerts(context),
    ...silenceAlerts(context),
  ];
  const byName = new Map(all.map((alert) => [alert.name, alert]));
  if (byName.size < all.length) throw new Error("two alerts have one name");
  return alertNames.flatMap((name) => byName.get(name) ?? []);
}
