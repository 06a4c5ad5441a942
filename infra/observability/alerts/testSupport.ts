import { stackConfig, stagingValues } from "../../../test/support/staging";
import { readContract, type Contract } from "../../contract/contract";
import { loadSettings } from "../../settings/loadSettings";
import type { Settings } from "../../settings/settings.schema";
import type { Alert } from "./alert";
import type { AlertName } from "./alertNames";
import { alerts } from "./alerts";

/** What tests share: staging's own settings, and its alerts by name. */

export function stagingParts(): { readonly settings: Settings; readonly contract: Contract } {
  const contract = readContract();
  return { settings: loadSettings(stackConfig(stagingValues()), contract), contract };
}

export function stagingAlert(
  name: AlertName,
  change: (settings: Settings) => Settings = (same) => same,
): Alert {
  const { settings, contract } = stagingParts();
  const alert = alerts(change(settings), contract).find((each) => each.name === name);
  if (!alert) throw new Error(`staging has no alert ${name}`);
  return alert;
}
