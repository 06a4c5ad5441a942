import { resourcePolicy } from "../lib/policy";
import { secretPlaces, secretTexts } from "../lib/secrets";
import { types } from "../lib/types";
import {
  isObject,
  join,
  list,
  objects,
  parseObject,
  peek,
  present,
  show,
  text,
  UNKNOWN,
} from "../lib/values";

const events = /^https:\/\/events\.(eu\.)?pagerduty\.com(\/|$)/;
/** What of a contact point is no receiver. */
const facts = ["name", "orgId", "disableProvenance", "id"];

export const contactPointForbidsSecrets = resourcePolicy({
  name: "contact-point-forbids-secrets",
  severity: "high",
  clauses: ["B1.2", "B6.1"],
  summary:
    "A contact point is the pager's and nothing else, and tells no secret in what Grafana keeps as plain settings.",
  reads:
    "grafana ContactPoint: its kinds of receivers; pagerduties: settings, details, url and the other texts, but for integrationKey",
  remediation:
    "give the contact point pagerduties alone; the key goes into integrationKey, and no secret into another field.",
  url: "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/pager-duty/",
  types: [types.contactPoint],
  check(resource, report) {
    const { props } = resource;
    const kinds = Object.keys(props).filter((key) => !facts.includes(key) && !key.startsWith("__"));
    const used = kinds.filter((key) => {
      const value = peek(() => props[key]);
      return value === UNKNOWN || list(value).length > 0;
    });
    if (used.join() !== "pagerduties")
      report({ resource, got: `receivers ${join(used)}`, expected: "pagerduties alone" });
    for (const receiver of objects(props.pagerduties)) {
      // The one field that Grafana encrypts; its value is unknown before a deployment anyhow.
      const plain = Object.fromEntries(
        Object.keys(receiver)
          .filter((key) => key !== "integrationKey" && key !== "uid")
          .map((key) => [key, receiver[key]]),
      );
      const places = secretPlaces(plain);
      if (places.length > 0)
        report({
          resource,
          got: `what looks like a secret in ${join(places)}`,
          expected: "none but in integrationKey",
        });
      if (!present(receiver, "integrationKey"))
        report({ resource, got: "no integrationKey", expected: "the key of an integration of the pager" });
      const { url } = plain;
      if (url !== undefined && url !== "" && !events.test(text(url)))
        report({ resource, got: `url ${show(url)}`, expected: "PagerDuty's own" });
    }
  },
});

/** What a data source of a kind may be told: neither where else to send a question, nor as whom. */
const settings: Readonly<Record<string, readonly string[]>> = {
  cloudwatch: ["authType", "assumeRoleArn", "externalId", "defaultRegion", "customMetricsNamespaces"],
  prometheus: ["httpMethod", "timeInterval", "manageAlerts", "tlsSkipVerify"],
};

export const grafanaTextsForbidSecrets = resourcePolicy({
  name: "grafana-texts-forbid-secrets",
  severity: "high",
  clauses: ["B1.1", "B6.1"],
  summary: "What people read in a dashboard or an alert is no secret.",
  reads: "grafana Dashboard.configJson, RuleGroup.rules: annotations, labels, datas",
  remediation: "take the secret out; what has been seen is replaced.",
  url: "https://grafana.com/docs/grafana/latest/alerting/alerting-rules/templates/",
  types: [types.dashboard, types.ruleGroup],
  check(resource, report) {
    const places = [
      ...secretTexts(parseObject(resource.props.configJson) ?? {}),
      ...objects(resource.props.rules).flatMap(({ name, annotations, labels, datas }) =>
        secretTexts({
          annotations,
          labels,
          datas: objects(datas).map(({ model }) => parseObject(model) ?? model),
        }).map((place) => `${text(name)}.${place}`),
      ),
    ];
    if (places.length > 0)
      report({ resource, got: `what looks like a secret in ${join(places)}`, expected: "none" });
  },
});

export const dataSourceForbidsSecrets = resourcePolicy({
  name: "data-source-forbids-secrets",
  severity: "high",
  clauses: ["B1.1", "B6.1"],
  summary:
    "A data source is asked over TLS that is checked, by no user and key of its own, and tells no secret in its plain settings.",
  reads:
    "grafana DataSource: type, url, accessMode, basicAuthEnabled, basicAuthUsername, username, httpHeaders, secureJsonDataEncoded, jsonDataEncoded (its keys, authType, tlsSkipVerify, what looks like a secret), uid",
  remediation:
    "give the data source an https url without credentials, leave tlsSkipVerify out, let CloudWatch assume a role, and put what is secret into secureJsonDataEncoded.",
  url: "https://grafana.com/docs/grafana/latest/administration/data-source-management/",
  types: [types.dataSource],
  check(resource, report) {
    const { type, url, uid, jsonDataEncoded, accessMode, basicAuthEnabled } = resource.props;
    const needsUrl = type !== "cloudwatch";
    if ((needsUrl || (url !== undefined && url !== "")) && !/^https:\/\/[^/?#@]+([/?#]|$)/.test(text(url)))
      report({ resource, got: `url ${show(url)}`, expected: "https:// and a host, without credentials" });
    if (text(uid) === "")
      report({ resource, got: "no uid", expected: "a fixed one, which rules and panels name" });
    const data = jsonDataEncoded === undefined ? {} : parseObject(jsonDataEncoded);
    if (!isObject(data)) {
      report({ resource, got: "jsonDataEncoded that cannot be read", expected: "JSON" });
      return;
    }
    const places = secretPlaces(data);
    if (places.length > 0)
      report({
        resource,
        got: `what looks like a secret in ${join(places)}`,
        expected: "it in secureJsonDataEncoded",
      });
    const foreign = Object.keys(data).filter((key) => !(settings[text(type)] ?? []).includes(key));
    if (foreign.length > 0)
      report({
        resource,
        got: `settings ${join(foreign)}`,
        expected: `of ${text(type)} at most ${join(settings[text(type)] ?? [])}`,
      });
    if (accessMode !== "proxy")
      report({ resource, got: `accessMode ${show(accessMode)}`, expected: '"proxy": no browser asks it' });
    if (
      basicAuthEnabled === true ||
      present(resource.props, "basicAuthUsername") ||
      present(resource.props, "username")
    )
      report({ resource, got: "a user of its own", expected: "none" });
    for (const property of ["httpHeaders", "secureJsonDataEncoded"]) {
      const value = peek(() => JSON.stringify(resource.props[property] ?? {}));
      if (value !== UNKNOWN && value !== "{}" && value !== '""')
        report({
          resource,
          got: `${property} written down`,
          expected: "none, or one that is taken from a secret",
        });
    }
    if (data.tlsSkipVerify === true)
      report({ resource, got: "tlsSkipVerify true", expected: "a certificate that is checked" });
    if (
      type === "cloudwatch" &&
      !["default", "grafana_assume_role", "ec2_iam_role"].includes(text(data.authType))
    )
      report({
        resource,
        got: `authType ${show(data.authType)}`,
        expected: "Grafana's own role, which then assumes the reader's: no keys",
      });
  },
});
