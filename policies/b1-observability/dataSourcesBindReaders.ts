import { statementsOf } from "../lib/iam";
import { stackPolicy } from "../lib/policy";
import { trustsReader } from "../lib/readers";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join, parseObject, show, strings, text } from "../lib/values";
import { roleNameOf } from "../lib/vault";

const ordered = ["cloudwatch", "prometheus"];

export const dataSourcesBindReaders = stackPolicy({
  name: "data-sources-bind-readers",
  severity: "high",
  clauses: ["B1.1"],
  summary:
    "Grafana reads CloudWatch by the reader's role of this stack and says for whom; rules and panels have their two sources.",
  reads:
    "grafana DataSource: type, jsonDataEncoded (assumeRoleArn, externalId, defaultRegion); Role: name, assumeRolePolicy (sts:ExternalId)",
  remediation:
    "declare one DataSource of CloudWatch with assumeRoleArn of the reader's role and its external id, and one of Prometheus.",
  url: "https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/aws-authentication/",
  check(stack, report) {
    const sources = stack.ofType(types.dataSource);
    const kinds = sources.map(({ props }) => text(props.type)).sort();
    if (kinds.join() !== ordered.join())
      report({ got: `data sources ${join(kinds)}`, expected: `exactly ${join(ordered)}` });
    for (const source of sources.filter(({ props }) => props.type === "cloudwatch")) {
      const data = parseObject(source.props.jsonDataEncoded) ?? {};
      const role = stack
        .ofType(types.role)
        .find((one) => roleNameOf(one, text(data.assumeRoleArn)) === one.props.name);
      const ids = role
        ? statementsOf(role, "assumeRolePolicy", report)
            .filter((one) => trustsReader(one, accountOf(role)))
            .flatMap(({ conditions }) => strings(conditions.get("stringequals sts:externalid")))
        : [];
      if (!role || !ids.includes(text(data.externalId)))
        report({
          resource: source,
          got: `assumeRoleArn ${show(data.assumeRoleArn)}, externalId ${show(data.externalId)}`,
          expected: "the reader's role of this stack and its external id",
        });
      const region = stack.ofType(types.provider)[0]?.props.region;
      if (text(region) === "" || data.defaultRegion !== region)
        report({
          resource: source,
          got: `defaultRegion ${show(data.defaultRegion)}`,
          expected: "the stack's region",
        });
    }
  },
});
