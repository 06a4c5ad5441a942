import {
  AnnotationQueryBuilder,
  AnnotationTargetBuilder,
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  TextBoxVariableBuilder,
  TimePickerBuilder,
  type Dashboard,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Contract } from "../../contract/contract";
import type { Settings } from "../../settings/settings.schema";
import type { Telemetry } from "../telemetry/telemetry";
import { dashboardUid, type DashboardId } from "./dashboardIds";
import { grafanaPanel } from "./grafanaPanel";
import { arrange, type Place, type Shelf } from "./grid";
import { dashboardLinks } from "./links";
import type { Panel } from "./panel";
import { CORRELATION_ID, type Variable, type VariableName } from "./variables";

/** What a dashboard is made of. */
export interface BoardContext {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly telemetry: Telemetry;
}

/** A dashboard, before Grafana's model. */
export interface Board {
  readonly id: DashboardId;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  /** How far back it looks at first. @default "6h" */
  readonly lookBack?: string;
  readonly shelves: readonly Shelf<Panel>[];
}

export interface PlacedPanel {
  /** Grafana's id of it, in this dashboard. */
  readonly id: number;
  readonly panel: Panel;
  readonly place: Place;
}

export interface DashboardModel {
  readonly id: DashboardId;
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** What Grafana is given, byte for byte. */
  readonly json: string;
  readonly headings: readonly { readonly text: string; readonly place: Place }[];
  readonly panels: readonly PlacedPanel[];
  /** In units of the grid. */
  readonly height: number;
}

export function dashboardModel(
  board: Board,
  settings: Settings,
  variables: Readonly<Record<VariableName, Variable>>,
): DashboardModel {
  const { id, description } = board;
  const uid = dashboardUid(settings.namePrefix, id);
  const title = `${settings.namePrefix} · ${board.title}`;
  const { headings, panels: arranged, height } = arrange(board.shelves);
  const panels = arranged.map(({ panel, place }, i) => ({ id: i + 1, panel, place }));
  const model = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["fase-b", settings.namePrefix, id])
    .timezone("utc")
    // What somebody changes by hand is gone with the next update: it is changed in the code.
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${board.lookBack ?? "6h"}`, to: "now" })
    .timepicker(new TimePickerBuilder().refreshIntervals(["30s", "1m", "5m", "15m", "1h"]))
    .refresh("1m")
    .links(dashboardLinks(settings))
    .variables([
      ...board.variables.map((name) => choice(variables[name])),
      new TextBoxVariableBuilder(CORRELATION_ID)
        .label("Correlation id")
        .description("Of a problem answer or a log line; the link to the logs looks for it.")
        .defaultValue(""),
    ])
    .annotations(annotations(settings.namePrefix))
    .build();
  // A heading's id is behind the panels', whose ids links and alerts know.
  const rows = headings.map(({ text, place }, i) =>
    new RowBuilder(text)
      .id(panels.length + 1 + i)
      .gridPos({ ...place })
      .build(),
  );
  const built: Dashboard = {
    ...model,
    panels: [...rows, ...panels.map((each) => grafanaPanel(each.panel, each.id, each.place, settings))].sort(
      byPlace,
    ),
  };
  return { id, uid, title, description, json: toJson(built), headings, panels, height };
}

interface Placed {
  readonly gridPos?: { readonly x: number; readonly y: number };
}
/** Grafana takes what follows a heading as its own. */
const byPlace = ({ gridPos: a }: Placed, { gridPos: b }: Placed): number =>
  (a?.y ?? 0) - (b?.y ?? 0) || (a?.x ?? 0) - (b?.x ?? 0);

const toJson = (model: Dashboard): string => `${JSON.stringify(model, null, 1)}\n`;

/** Grafana separates the values of such a variable by commas, and a value from its text by a colon with spaces. */
const escaped = (value: string): string => value.replaceAll(",", "\\,");

const choice = ({ name, label, description, values }: Variable) =>
  new CustomVariableBuilder(name)
    .label(label)
    .description(description)
    .values(values.map(escaped).join(","))
    .multi(true)
    .includeAll(true)
    .allowCustomValue(false)
    .current({ selected: true, text: ["All"], value: ["$__all"] })
    .options([
      { selected: true, text: "All", value: "$__all" },
      ...values.map((value) => ({ selected: false, text: value, value })),
    ]);

const GRAFANA = { type: "grafana", uid: "-- Grafana --" };

/** What changed and when, as `announce` tells it; and what people wrote down. */
const annotations = (namePrefix: string) => [
  new AnnotationQueryBuilder()
    .name("Annotations & Alerts")
    .builtIn(1)
    .datasource(GRAFANA)
    .enable(true)
    .hide(true)
    .iconColor("rgba(0, 211, 255, 1)")
    .type("dashboard"),
  ...(
    [
      ["Deployments", "deployment", "blue"],
      ["Rotations", "rotation", "purple"],
    ] as const
  ).map(([name, tag, color]) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(GRAFANA)
      .enable(true)
      .iconColor(color)
      .target(tagged([namePrefix, tag])),
  ),
];

/** The SDK does not count it among the queries. */
const tagged = (tags: string[]) => ({
  build: () => ({
    ...new AnnotationTargetBuilder().type("tags").tags(tags).matchAny(false).limit(100).build(),
    _implementsDataqueryVariant: (): void => undefined,
  }),
});
