import { evaluateRule, type ProvisionedRule, type Result, type World } from "./rule";
import { labelKey, type Labels } from "./values";

/*
 * From one evaluation to the next: what becomes of each series' state.
 * https://github.com/grafana/grafana/blob/main/pkg/services/ngalert/state/state.go
 * https://github.com/grafana/grafana/blob/main/pkg/services/ngalert/state/manager.go
 */

export type StateName = "Normal" | "Pending" | "Alerting" | "NoData" | "Error";

export interface State {
  readonly labels: Labels;
  readonly state: StateName;
  readonly startsMs: number;
  readonly evaluatedMs: number;
}

export type States = ReadonlyMap<string, State>;

export interface StateSettings {
  readonly forMs: number;
  readonly noDataState: string;
  readonly execErrState: string;
  readonly intervalMs: number;
}

const MINUTES = /^(?:(\d+)m)?(?:(\d+)s)?$/;

/** `9m`, `30s`, `0s`. */
export function milliseconds(duration: string): number {
  const match = MINUTES.exec(duration);
  if (!match || duration === "") throw new Error(`not a valid duration string: ${duration}`);
  return Number(match[1] ?? 0) * 60_000 + Number(match[2] ?? 0) * 1_000;
}

/** After so many evaluations without it a series is gone, and resolved. */
const MISSING_EVALUATIONS = 2;

export function next(
  states: States,
  results: readonly Result[],
  nowMs: number,
  settings: StateSettings,
): States {
  const { noDataState, execErrState, intervalMs } = settings;
  const found = new Map<string, State>();
  const step = (before: State | undefined, result: Result, labels: Labels): void => {
    const current = before ?? { labels, state: "Normal", startsMs: nowMs, evaluatedMs: nowMs };
    found.set(labelKey(labels), { ...transition(current, result, nowMs, settings), labels });
  };
  // "No data" of all, or an error, goes for every series that the rule knows, unless it is to be a state of its own.
  const [first] = results;
  const ofAll =
    first !== undefined &&
    states.size > 0 &&
    ((results.every(({ state }) => state === "NoData") && noDataState !== "NoData") ||
      (results.every(({ state }) => state === "Error") && execErrState !== "Error"));
  if (ofAll) for (const state of states.values()) step(state, first, state.labels);
  else for (const result of results) step(states.get(labelKey(result.labels)), result, result.labels);
  for (const [key, state] of states) {
    if (found.has(key)) continue;
    const missing = state.state === "Error" || state.state === "NoData" ? 1 : MISSING_EVALUATIONS;
    if (state.evaluatedMs + missing * intervalMs > nowMs) found.set(key, state);
  }
  return found;
}

function transition(state: State, result: Result, nowMs: number, settings: StateSettings): State {
  const evaluated = { ...state, evaluatedMs: nowMs };
  switch (result.state) {
    case "Normal":
      return normal(evaluated, nowMs);
    case "Alerting":
      return alerting(evaluated, nowMs, settings);
    case "NoData":
      return mapped(settings.noDataState, "NoData", evaluated, nowMs, settings);
    case "Error":
      return mapped(settings.execErrState, "Error", evaluated, nowMs, settings);
  }
}

const normal = (state: State, nowMs: number): State =>
  state.state === "Normal" ? state : { ...state, state: "Normal", startsMs: nowMs };

function alerting(state: State, nowMs: number, { forMs }: StateSettings): State {
  if (state.state === "Alerting") return state;
  if (state.state === "Pending")
    return nowMs - state.startsMs >= forMs ? { ...state, state: "Alerting", startsMs: nowMs } : state;
  return { ...state, state: forMs > 0 ? "Pending" : "Alerting", startsMs: nowMs };
}

function mapped(
  setting: string,
  own: "NoData" | "Error",
  state: State,
  nowMs: number,
  settings: StateSettings,
): State {
  switch (setting) {
    case "OK":
      return normal(state, nowMs);
    case "Alerting":
      return alerting(state, nowMs, settings);
    case "KeepLast":
      return state.state === "Alerting" || state.state === "Pending"
        ? alerting(state, nowMs, settings)
        : normal(state, nowMs);
    case own:
      return state.state === own ? state : { ...state, state: own, startsMs: nowMs };
    default:
      throw new Error(`unsupported state: ${setting}`);
  }
}

export interface Run {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalSeconds: number;
  /** The second of the minute at which the rule has its turn; Grafana spreads them in steps of ten. @default 10 */
  readonly atSecond?: number;
}

/** Every evaluation in turn, with what it left behind. */
export function run(
  rule: ProvisionedRule,
  world: World,
  { fromMs, toMs, intervalSeconds, atSecond = 10 }: Run,
): readonly { readonly nowMs: number; readonly states: States }[] {
  const intervalMs = intervalSeconds * 1_000;
  const settings: StateSettings = {
    forMs: milliseconds(rule.for),
    noDataState: rule.noDataState,
    execErrState: rule.execErrState,
    intervalMs,
  };
  const evaluations = [];
  let states: States = new Map();
  for (let nowMs = fromMs + atSecond * 1_000; nowMs <= toMs; nowMs += intervalMs) {
    states = next(states, evaluateRule(rule, world, nowMs), nowMs, settings);
    evaluations.push({ nowMs, states });
  }
  return evaluations;
}
