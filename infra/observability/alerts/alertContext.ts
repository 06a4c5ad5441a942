import type { Contract } from "../../contract/contract";
import type { Settings } from "../../settings/settings.schema";
import { telemetry, type Telemetry } from "../telemetry/telemetry";

/** What every alert is made of. */
export interface AlertContext {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly telemetry: Telemetry;
}

export const alertContext = (settings: Settings, contract: Contract): AlertContext => ({
  settings,
  contract,
  telemetry: telemetry(settings, contract),
});

/** The gateway's dimensions of `POST <path>`. */
export function postTo(path: string, { telemetry: { routes } }: AlertContext) {
  const route = routes.find((each) => each.route === `POST ${path}`);
  if (!route)
    throw new Error(
      `route of an alert: got ${path}; allowed: a path of the contract with POST; fix: correct the settings' observability`,
    );
  return route.dimensions;
}

/** As in AWS. */
export const lambdaNames = (namePrefix: string, names: readonly string[]): readonly string[] =>
  names.map((name) => `${namePrefix}-${name}`);
