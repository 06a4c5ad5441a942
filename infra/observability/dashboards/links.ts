import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DashboardLink,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Settings } from "../../settings/settings.schema";
import type { AlertName } from "../alerts/alertNames";
import { dashboardPath, type DashboardId } from "./dashboardIds";
import { runbookSection } from "../runbook";
import { logsLink } from "./logsLink";
import { CORRELATION_ID } from "./variables";

/** Where every dashboard leads: to its siblings, the runbook, and one request's log. */
export const dashboardLinks = (settings: Settings) => [
  shown(
    new DashboardLinkBuilder("Dashboards")
      .type(DashboardLinkType.Dashboards)
      .tags([settings.namePrefix])
      .asDropdown(true)
      .keepTime(true)
      .includeVars(true)
      .tooltip("The overview, and one for each concern"),
  ),
  shown(
    new DashboardLinkBuilder("Runbook")
      .type(DashboardLinkType.Link)
      .icon("doc")
      .url(settings.observability.runbookUrl)
      .targetBlank(true)
      .tooltip("What to do, alert by alert"),
  ),
  shown(
    new DashboardLinkBuilder("Logs of the request")
      .type(DashboardLinkType.Link)
      .icon("bolt")
      .url(logsLink(settings))
      .targetBlank(true)
      .tooltip(`Everything that was logged under $${CORRELATION_ID}, of the last day`),
  ),
];

export const panelLinks = (
  settings: Settings,
  alerts: readonly AlertName[],
  more: DashboardId | undefined,
) => [
  ...alerts.map((name) =>
    shown(
      new DashboardLinkBuilder(`Runbook: ${name}`)
        .type(DashboardLinkType.Link)
        .url(runbookSection(settings.observability.runbookUrl, name))
        .targetBlank(true),
    ),
  ),
  ...(more === undefined
    ? []
    : [
        shown(
          new DashboardLinkBuilder(`More: ${more}`)
            .type(DashboardLinkType.Link)
            .url(dashboardPath(settings.namePrefix, more))
            .keepTime(true),
        ),
      ]),
];

/** The SDK's default hides a link in a menu. */
const shown = (builder: DashboardLinkBuilder): { readonly build: () => DashboardLink } => ({
  build: () => {
    const { placement: _, ...link } = builder.build();
    return link;
  },
});
