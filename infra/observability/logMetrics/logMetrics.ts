import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { WorkOrderComponent } from "../../shared/component";
import { createLogGroup } from "../../shared/logGroup";
import { logMetricFilters, scansLogGroupName, type LogMetricsFacts } from "./logMetricsRules";

export interface LogMetricsArgs extends LogMetricsFacts {
  readonly logRetentionDays: number;
  readonly logKeyArn: pulumi.Input<string>;
  /** The groups that are read: both access logs, and the one of what protection found. */
  readonly groups: readonly pulumi.Resource[];
}

/** Counts what stands in logs and nowhere else: 429s by whom and why, slow requests of the objective, findings, scans (B1.1, B1.4). */
export class LogMetrics extends WorkOrderComponent {
  readonly scansLogGroup: aws.cloudwatch.LogGroup;

  constructor(name: string, args: LogMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("LogMetrics", name, ["B1.1", "B1.4", "B2.1", "B8.1", "B8.3"], opts);
    this.scansLogGroup = createLogGroup(
      `${name}-scans-log`,
      {
        logGroupName: scansLogGroupName(args.namePrefix),
        retentionDays: args.logRetentionDays,
        keyArn: args.logKeyArn,
      },
      this,
    );
    for (const filter of logMetricFilters(args)) {
      const { metricName, namespace, logGroupName, pattern, dimensions, defaultValue } = filter;
      new aws.cloudwatch.LogMetricFilter(
        `${name}-${kebab(metricName)}`,
        {
          name: metricName,
          logGroupName,
          pattern,
          metricTransformation: {
            name: metricName,
            namespace,
            value: "1",
            unit: "Count",
            ...(defaultValue === undefined ? { dimensions } : { defaultValue }),
          },
        },
        { parent: this, dependsOn: [this.scansLogGroup, ...args.groups] },
      );
    }
    this.registerOutputs({});
  }
}

const kebab = (metric: string): string => metric.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
