import * as pulumi from "@pulumi/pulumi";
import * as grafana from "@pulumiverse/grafana";
import type { ClauseId } from "../../../policies/clauses";
import { WorkOrderComponent } from "../../shared/component";
import { alertEventsUrl } from "../pager/pagerRules";
import type { Severity } from "./alert";
import { ruleGroupArgs, type RuleGroupModel } from "./grafanaRules";

export interface AlertRulesArgs {
  readonly namePrefix: string;
  readonly stack: string;
  readonly grafanaUrl: string;
  /** PagerDuty's own name of the account: it decides where events are sent to. */
  readonly pagerAccount: string;
  readonly groups: readonly RuleGroupModel[];
  /** Integration keys of the pager's services; secret, and kept so. */
  readonly keys: Readonly<Record<Severity, pulumi.Input<string>>>;
  /** Folder, data sources and dashboards that the rules name. @default none */
  readonly needs?: readonly pulumi.Resource[];
}

/** Of PagerDuty's own. https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
const PAGER_SEVERITY = { page: "critical", ticket: "warning" } as const;

/**
 * The instances of one rule (agents, clients, domains) are one message, and the pager knows it again by the group's key. Any wider, and a
 * second rule would only add to what is open and acknowledged, and wake nobody. What starts together over several rules the
 * pager folds itself, by time.
 * https://github.com/grafana/alerting/blob/main/receivers/pagerduty/v1/pagerduty.go (`DedupKey`)
 */
const GROUP_BY = ["alertname", "severity"];
/** So long is waited for more of the same before the first message, and between two. */
const GROUP_WAIT = "30s";
const GROUP_INTERVAL = "1m";
/** Somebody may have closed by mistake what still burns. */
const REPEAT_INTERVAL = "4h";

const CLAUSES: readonly [ClauseId, ...ClauseId[]] = ["B1.2", "B1.3", "B1.4", "B1.5"];

/** Alert rules, and whom they reach (B1.2 to B1.5). The provider's organization is the stack's own: its policy tree is replaced. */
export class AlertRules extends WorkOrderComponent {
  constructor(name: string, args: AlertRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AlertRules", name, CLAUSES, opts);
    const page = this.createContactPoint(name, "page", args);
    const ticket = this.createContactPoint(name, "ticket", args);
    const policy = this.createPolicy(name, args.namePrefix, [page, ticket]);
    for (const group of args.groups) {
      new grafana.alerting.RuleGroup(`${name}-${group.name}`, ruleGroupArgs(group), {
        parent: this,
        // A rule that rings before it has a way to the pager rings for nobody.
        dependsOn: [policy, ...(args.needs ?? [])],
      });
    }
    this.registerOutputs({});
  }

  private createContactPoint(
    name: string,
    severity: Severity,
    { namePrefix, stack, grafanaUrl, pagerAccount, keys }: AlertRulesArgs,
  ): grafana.alerting.ContactPoint {
    return new grafana.alerting.ContactPoint(
      `${name}-${severity}`,
      {
        name: contactPointName(namePrefix, severity),
        pagerduties: [
          {
            integrationKey: pulumi.secret(keys[severity]),
            url: alertEventsUrl(pagerAccount),
            severity: PAGER_SEVERITY[severity],
            class: "{{ .CommonLabels.alertname }}",
            component: "{{ .CommonLabels.dashboard }}",
            group: stack,
            source: namePrefix,
            client: "Grafana",
            clientUrl: grafanaUrl,
            summary: SUMMARY,
            details: DETAILS,
            // A ticket's too: while it stays open, each later one of its rule would be no more than a line in its log.
            disableResolveMessage: false,
          },
        ],
      },
      { parent: this, additionalSecretOutputs: ["pagerduties"] },
    );
  }

  private createPolicy(
    name: string,
    namePrefix: string,
    needs: readonly grafana.alerting.ContactPoint[],
  ): grafana.alerting.NotificationPolicy {
    const timing = {
      groupBies: GROUP_BY,
      groupWait: GROUP_WAIT,
      groupInterval: GROUP_INTERVAL,
      repeatInterval: REPEAT_INTERVAL,
    };
    return new grafana.alerting.NotificationPolicy(
      `${name}-policy`,
      {
        contactPoint: contactPointName(namePrefix, "ticket"),
        ...timing,
        policies: [
          {
            contactPoint: contactPointName(namePrefix, "page"),
            matchers: [{ label: "severity", match: "=", value: "page" }],
            ...timing,
          },
        ],
      },
      { parent: this, dependsOn: [...needs] },
    );
  }
}

const contactPointName = (namePrefix: string, severity: Severity): string => `${namePrefix}-${severity}`;

/*
 * Templates of notifications: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/template-notifications/reference/
 */

/** What rings; a message in which nothing does any more is about what has ended. */
const ALERTS = "(or .Alerts.Firing .Alerts)";

/** The first alert's own words, and how many more ring beside it. */
const SUMMARY = `{{ range $i, $alert := ${ALERTS} }}{{ if eq $i 0 }}{{ .Annotations.summary }}{{ end }}{{ end }}{{ if gt (len .Alerts.Firing) 1 }} (and {{ len (slice .Alerts.Firing 1) }} more){{ end }}`;

const each = (text: string): string => `{{ range ${ALERTS} }}${text}\n{{ end }}`;

/** What the person on call needs before the first click. */
const DETAILS: Readonly<Record<string, string>> = {
  alerts: each("{{ .Labels.alertname }} ({{ .Status }}): {{ .Annotations.summary }}"),
  meaning: each("{{ .Labels.alertname }}: {{ .Annotations.description }}"),
  runbook: each("{{ .Annotations.runbook_url }}"),
  dashboard: each("{{ .Annotations.dashboard_url }}"),
  clauses: each("{{ .Labels.alertname }}: {{ .Labels.clause }}"),
  correlation:
    'One request through all logs: fields correlationId and requestId; in CloudWatch Logs Insights filter correlationId = "<id>".',
};
