import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

type Attribute = { readonly S: string } | { readonly SS: readonly string[] };

export interface TrustRecordArgs {
  readonly tableName: string;
  /** The item's key. */
  readonly id: string;
  /** By name, as DynamoDB writes them: `{ "S": "…" }`, `{ "SS": ["…"] }`. @default none */
  readonly attributes?: pulumi.Input<Readonly<Record<string, Attribute>>>;
  /** What the table needs to be there. */
  readonly needs: readonly pulumi.Resource[];
  /** Somebody else owns the item once it is there: the program does not write it again. */
  readonly seeded: boolean;
}

/** One item of the table of trust, which the authorizer reads. */
export function createTrustRecord(
  name: string,
  { tableName, id, attributes = {}, needs, seeded }: TrustRecordArgs,
  parent: pulumi.Resource,
): aws.dynamodb.TableItem {
  const item = pulumi.output(attributes).apply((others) => JSON.stringify({ id: { S: id }, ...others }));
  return new aws.dynamodb.TableItem(
    name,
    { tableName, hashKey: "id", item },
    { parent, dependsOn: [...needs], ...(seeded ? { ignoreChanges: ["item"] } : {}) },
  );
}
