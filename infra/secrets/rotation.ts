import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "../edge/lambdaFunction";
import type { RotationSchedule } from "./schedule";
import type { CreatedSecret } from "./secret";

export interface RotationArgs {
  readonly of: CreatedSecret;
  /** Makes, installs and tries new values. */
  readonly by: LambdaFunction;
  readonly schedule: RotationSchedule;
  /** What the function finds there when it first runs. */
  readonly needs: readonly pulumi.Resource[];
}

/** Has a secret rotated by a function, for the first time at once: what is seeded was seen by whoever deployed it. */
export function createRotation(name: string, args: RotationArgs, parent: pulumi.Resource): void {
  const { of, by, schedule, needs } = args;
  const allowed = new aws.lambda.Permission(
    `${name}-rotation-permission`,
    {
      action: "lambda:InvokeFunction",
      principal: "secretsmanager.amazonaws.com",
      function: by.functionName,
      qualifier: by.aliasName,
      sourceArn: of.secret.arn,
    },
    { parent, dependsOn: by.alias },
  );
  new aws.secretsmanager.SecretRotation(
    `${name}-rotation`,
    {
      secretId: of.secret.id,
      rotationLambdaArn: by.aliasArn,
      rotateImmediately: true,
      rotationRules: { scheduleExpression: schedule.schedule, duration: `${schedule.windowHours}h` },
    },
    { parent, dependsOn: [allowed, of.version, ...needs] },
  );
}
