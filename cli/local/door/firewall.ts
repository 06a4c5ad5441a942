import { FirewallInterpreter, type ManagedGroupStub } from "../../../infra/firewall/firewallInterpreter";
import type { CustomResponseBody, Rule } from "../../../infra/firewall/firewallRules";
import { isObject, UNKNOWN, type JsonObject } from "../../preview/engine/signatures";
import type { Json } from "../../preview/model";

/** The block list's rule; every other set that a rule names is a list of the exempt. */
const BLOCK_LIST_RULE = "blocked-addresses";

/**
 * The web ACL of the preview, played by the interpreter in real time. The sets' ARNs are known only in the cloud; which
 * set a rule means follows from the rule, and a set holds one family of addresses, so both families of a list may
 * stand for each.
 */
export function createFirewall(
  webAcl: JsonObject,
  ipSets: ReadonlyMap<string, readonly string[]>,
  managedGroup?: ManagedGroupStub,
): FirewallInterpreter {
  const rules = (webAcl["rules"] as readonly Json[]).filter(isObject).map((rule) => {
    const list = rule["name"] === BLOCK_LIST_RULE ? "blocked" : "exempt";
    const text = JSON.stringify(rule).replaceAll(`{"arn":"${UNKNOWN}"}`, `{"arn":"${list}"}`);
    return JSON.parse(text) as Rule<string>;
  });
  return new FirewallInterpreter({
    rules,
    customResponseBodies: webAcl["customResponseBodies"] as unknown as readonly CustomResponseBody[],
    ipSets: new Map(["blocked", "exempt"].map((list) => [list, addressesOf(ipSets, list)])),
    nowMs: () => Date.now(),
    ...(managedGroup === undefined ? {} : { managedGroup }),
  });
}

function addressesOf(ipSets: ReadonlyMap<string, readonly string[]>, list: string): readonly string[] {
  const sets = [...ipSets].filter(([name]) => new RegExp(`-${list}-ipv[46]$`).test(name));
  if (sets.length !== 2)
    throw new Error(`the preview has ${sets.length} IP sets of the ${list}, not one for each family`);
  return sets.flatMap(([, addresses]) => addresses);
}
