/** What ZAP's rules are told beside their defaults. Ids: https://www.zaproxy.org/docs/alerts/ */
interface RuleNote {
  readonly id: number;
  readonly name: string;
  readonly why: string;
}

/** Alerts from this risk on fail a scan; what is below is in the report, and becomes a finding all the same. */
export const FAILING_RISK = "Medium";

/** Active rules that are not run. */
export const RULES_OFF: readonly RuleNote[] = [
  {
    id: 40_026,
    name: "Cross Site Scripting (DOM Based)",
    why: "it drives a browser, which the pods have none of; the API answers with JSON and has no page",
  },
];

/** Alerts that say nothing here, by rule: none is known. One that is added says why, and stays in the report as a false positive. */
export const RULES_IGNORED: readonly RuleNote[] = [];
