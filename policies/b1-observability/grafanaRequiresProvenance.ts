import { resourcePolicy, stackPolicy } from "../lib/policy";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { join, parseObject, peek, present, show, UNKNOWN } from "../lib/values";

const url = "https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/";

export const grafanaRequiresProvenance = resourcePolicy({
  name: "grafana-requires-provenance",
  severity: "high",
  clauses: ["B1.1", "B1.2"],
  summary:
    "What is declared of Grafana stands in the provider's organization, nobody changes an alert or its way by hand, in Grafana or through it in Prometheus, and what others keep beside it is not deleted with it.",
  reads:
    "grafana ContactPoint, NotificationPolicy, RuleGroup, Dashboard, DataSource, Folder: orgId, disableProvenance, jsonDataEncoded (manageAlerts) of Prometheus, preventDestroyIfNotEmpty",
  remediation:
    "leave orgId and disableProvenance out; set manageAlerts to false and preventDestroyIfNotEmpty to true.",
  url,
  types: [
    types.contactPoint,
    types.notificationPolicy,
    types.ruleGroup,
    types.dashboard,
    types.dataSource,
    types.folder,
  ],
  check(resource, report) {
    if (present(resource.props, "orgId"))
      report({ resource, got: `orgId ${show(resource.props.orgId)}`, expected: "the provider's own" });
    if (resource.props.disableProvenance === true)
      report({ resource, got: "disableProvenance true", expected: "what is provisioned not to be edited" });
    if (resource.type === types.dataSource && resource.props.type === "prometheus") {
      const { manageAlerts } = parseObject(resource.props.jsonDataEncoded) ?? {};
      // https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/
      if (manageAlerts !== false)
        report({
          resource,
          got: `manageAlerts ${show(manageAlerts)}`,
          expected: "false; the default is true",
        });
    }
    if (resource.type === types.folder && resource.props.preventDestroyIfNotEmpty !== true)
      report({
        resource,
        got: `preventDestroyIfNotEmpty ${show(resource.props.preventDestroyIfNotEmpty)}`,
        expected: "true: a folder takes all that is in it along",
      });
  },
});

export const grafanaBindsFolder = stackPolicy({
  name: "grafana-binds-folder",
  severity: "medium",
  clauses: ["B1.1", "B1.2"],
  summary: "Dashboards and alerts stand in the one folder of this stack.",
  reads: "grafana Folder.uid; Dashboard.folder, RuleGroup.folderUid → Folder; how many folders there are",
  remediation: "declare one Folder with a fixed uid and name it in each Dashboard and RuleGroup.",
  url,
  check(stack, report) {
    const folders = stack.ofType(types.folder);
    const [folder] = folders;
    if (!folder || folders.length !== 1) {
      report({ got: `${folders.length} folders (${join(names(folders))})`, expected: "exactly one" });
      return;
    }
    const uid = peek(() => folder.props.uid);
    for (const [type, property] of [
      [types.dashboard, "folder"],
      [types.ruleGroup, "folderUid"],
    ] as const) {
      for (const resource of stack.ofType(type)) {
        const named = peek(() => resource.props[property]);
        const isIn =
          named === UNKNOWN
            ? (resource.propertyDependencies[property] ?? []).includes(folder)
            : named !== undefined && named !== "" && named === uid;
        if (!isIn)
          report({ resource, got: `folder ${show(named)}`, expected: `'${folder.name}' of this stack` });
      }
    }
  },
});
