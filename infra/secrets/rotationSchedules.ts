import * as pulumi from "@pulumi/pulumi";
import type { RotationFunctionName } from "../edge/functionNames";
import type { AlarmTopic } from "../alarms/alarms";
import type { LambdaFunction } from "../edge/lambdaFunction";
import { WorkOrderComponent } from "../shared/component";
import { createScheduledCall } from "./scheduledCall";

export interface RotationSchedulesArgs {
  readonly namePrefix: string;
  readonly alarms: AlarmTopic;
  readonly rotators: Readonly<Record<RotationFunctionName, LambdaFunction>>;
}

/** Once a day is often enough for what is counted in days; it reads off what is there, and mostly does nothing. */
const DAILY = "rate(1 day)";

/** What Secrets Manager does not begin by itself: old values go after their overlap, and the stage gets its certificate. */
export class RotationSchedules extends WorkOrderComponent {
  constructor(
    name: string,
    { namePrefix, alarms, rotators }: RotationSchedulesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("RotationSchedules", name, ["B5.2", "B6.1"], opts);
    const retire = { task: "retire" };
    const daily = { namePrefix, alarms, schedule: DAILY };
    createScheduledCall(
      "retire-client-keys",
      { ...daily, of: rotators["rotate-client-keys"], input: retire },
      this,
    );
    createScheduledCall(
      "retire-grafana-tokens",
      { ...daily, of: rotators["rotate-grafana-token"], input: retire },
      this,
    );
    createScheduledCall(
      "replace-stage-certificate",
      { ...daily, of: rotators["rotate-stage-certificate"] },
      this,
    );
    this.registerOutputs({});
  }
}
