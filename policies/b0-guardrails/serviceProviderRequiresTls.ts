import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show, text } from "../lib/values";

/** All that a provider of another service is told. A variable of the deployer's that slips in beside it would not be reviewed. */
const told: Readonly<Record<string, readonly string[]>> = {
  [types.grafanaProvider]: ["url", "auth", "insecureSkipVerify", "storeDashboardSha256"],
  [types.pagerProvider]: ["token", "skipCredentialsValidation", "serviceRegion"],
};
/** The engine's own. */
const beside = /^(version|pluginDownloadURL|__.*)$/;
const off: readonly unknown[] = [undefined, null, false, "false"];

export const serviceProviderRequiresTls = resourcePolicy({
  name: "service-provider-requires-tls",
  severity: "high",
  clauses: ["B1.2", "B6.1"],
  summary:
    "Grafana's and PagerDuty's providers are explicit, speak TLS to the service itself, check its certificate, and are told nothing else.",
  reads:
    "pulumi:providers:grafana and pulumi:providers:pagerduty: their inputs but for the tokens, and their names",
  remediation:
    "create each explicitly: Grafana's with an https url, auth and insecureSkipVerify false, PagerDuty's with token and skipCredentialsValidation false.",
  url: "https://www.pulumi.com/docs/iac/concepts/providers/",
  types: [types.grafanaProvider, types.pagerProvider],
  check(resource, report) {
    const { name, props, type } = resource;
    if (/^default($|_)/.test(name))
      report({ resource, got: "a default provider", expected: "explicit providers only" });
    if (type === types.grafanaProvider && !/^https:\/\/[^/?#@]+$/.test(text(props.url)))
      report({
        resource,
        got: `url ${show(props.url)}`,
        expected: "https:// and a host, without credentials",
      });
    for (const key of ["insecureSkipVerify", "skipCredentialsValidation"].filter(
      (one) => !off.includes(props[one]),
    ))
      report({ resource, got: `${key} ${show(props[key])}`, expected: "false" });
    const known = told[type] ?? [];
    for (const key of Object.keys(props).filter((one) => !known.includes(one) && !beside.test(one)))
      report({ resource, got: `${key} set`, expected: `at most ${known.join(", ")}` });
  },
});
