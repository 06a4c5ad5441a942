import type { Contract } from "../../contract/contract";
import type { Settings } from "../../settings/settings.schema";
import type { AlertName } from "../alerts/alertNames";
import { telemetry } from "../telemetry/telemetry";
import { dashboardModel, type Board, type BoardContext, type DashboardModel } from "./dashboard";
import { dashboardIds, type DashboardId } from "./dashboardIds";
import { errors } from "./errors";
import { firewall } from "./firewall";
import { idempotency } from "./idempotency";
import { latency } from "./latency";
import { lifetimes } from "./lifetimes";
import { mutualTls } from "./mutualTls";
import { overview } from "./overview";
import { queues } from "./queues";
import { quotas } from "./quotas";
import { resources } from "./resources";
import { slo } from "./slo";
import { traffic } from "./traffic";
import { variables } from "./variables";
import { voice } from "./voice";

export type { DashboardModel, PlacedPanel } from "./dashboard";

const boards: Readonly<Record<DashboardId, (context: BoardContext) => Board>> = {
  overview,
  latency,
  errors,
  traffic,
  resources,
  queues,
  firewall,
  idempotency,
  voice,
  quotas,
  lifetimes,
  "mutual-tls": mutualTls,
  slo,
};

/** Every dashboard, in the order of {@link dashboardIds}. Pure: the same settings and contract give the same bytes. */
export function dashboards(settings: Settings, contract: Contract): readonly DashboardModel[] {
  const context = { settings, contract, telemetry: telemetry(settings, contract) };
  const choices = variables(settings, contract, context.telemetry);
  return dashboardIds.map((id) => dashboardModel(boards[id](context), settings, choices));
}

/**
 * The panel that shows what an alert is about.
 *
 * @throws Error where the dashboard has none, or several
 */
export function panelIdOf(
  all: readonly DashboardModel[],
  dashboardId: DashboardId,
  alertName: AlertName,
): number {
  const found = (all.find(({ id }) => id === dashboardId)?.panels ?? []).filter(({ panel }) =>
    panel.alerts?.includes(alertName),
  );
  const [first] = found;
  if (!first || found.length > 1)
    throw new Error(
      `${alertName}: got ${found.length} panels of the dashboard ${dashboardId} that show it; allowed: exactly one; fix: name it in one panel's alerts`,
    );
  return first.id;
}
