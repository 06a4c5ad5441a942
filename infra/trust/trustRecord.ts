import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { seeded, type liveValues } from "../secrets/liveValues";

type Attribute = { readonly S: string } | { readonly SS: readonly string[] };

export interface TrustRecordArgs {
  readonly tableName: string;
  /** The item's key. */
  readonly id: string;
  /** By name, as DynamoDB writes them: `{ "S": "…" }`, `{ "SS": ["…"] }`. @default none */
  readonly attributes?: pulumi.Input<Readonly<Record<string, Attribute>>>;
  /** What the table needs to be there. */
  readonly needs: readonly pulumi.Resource[];
  /** Where somebody else owns the item once it is there. @default the program writes it on every update */
  readonly liveValue?: keyof typeof liveValues;
}

/** One item of the table of trust, which the authorizer reads. */
export function createTrustRecord(
  name: string,
  { tableName, id, attributes = {}, needs, liveValue }: TrustRecordArgs,
  parent: pulumi.Resource,
): aws.dynamodb.TableItem {
  const item = pulumi.output(attributes).apply((others) => JSON.stringify({ id: { S: id }, ...others }));
  return new aws.dynamodb.TableItem(
    name,
    { tableName, hashKey: "id", item },
    { parent, dependsOn: [...needs], ...(liveValue === undefined ? {} : seeded(liveValue)) },
  );
}
