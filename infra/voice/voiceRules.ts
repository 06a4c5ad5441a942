import type { AccountScope } from "../shared/arn";
import type { Statement } from "../shared/statement";

/**
 * The right to answer on live connections, and to end them. The API's id is made up by AWS and unknown at preview, so
 * the stage's name, which no other stage of the account has, says which API is meant.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
 */
export const connectionRights = (scope: AccountScope, stageName: string): readonly Statement[] => {
  const any = `arn:${scope.partition}:execute-api:${scope.region}:${scope.accountId}:*/${stageName}`;
  return [
    {
      sid: "Connections",
      actions: ["execute-api:ManageConnections"],
      resources: [`${any}/POST/@connections/*`, `${any}/DELETE/@connections/*`],
    },
  ];
};
