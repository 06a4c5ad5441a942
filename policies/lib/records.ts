/**
 * Items that the program itself puts into a table: whom the authorizer trusts.
 *
 * What an item holds is unknown before the first deployment, so it is judged by where its value comes from.
 */
import { issuersOf } from "./certificates";
import type { Stack, StackResource } from "./policy";
import { refersTo, sources } from "./relations";
import { types } from "./types";
import { object, parseObject, peek, strings, text, UNKNOWN, type Props } from "./values";

/** Every resource from which the record's item takes a value. */
export const sourcesOf = (record: StackResource): readonly StackResource[] =>
  record.propertyDependencies.item ?? [];

export const tableOf = (stack: Stack, record: StackResource): StackResource | undefined =>
  stack
    .ofType(types.table)
    .find((table) => refersTo(record, "tableName", table, (name) => name === table.props.name));

/** True when an update leaves the item alone, and nothing else. */
export const isSeeded = ({ opts }: StackResource): boolean => opts.ignoreChanges.join() === "item";

export const isOfIssuers = (record: StackResource): boolean =>
  sources(record, "item", types.issuedCertificate).length > 0;

/** Records of issuers, by whom they vouch for: a clients' issuer is one that the gateway's truststore holds. */
export function recordsOfIssuers(stack: Stack): Readonly<Record<"clients" | "services", StackResource[]>> {
  const trusted = issuersOf(stack);
  const records = stack.ofType(types.tableItem).filter(isOfIssuers);
  const isOfClients = (record: StackResource): boolean =>
    sources(record, "item", types.issuedCertificate).some((issuer) => trusted.includes(issuer));
  return {
    clients: records.filter(isOfClients),
    services: records.filter((record) => !isOfClients(record)),
  };
}

/** The item's attributes as DynamoDB writes them, `{ "id": { "S": "…" } }`; `undefined` while it is unknown. */
export function attributesOf(record: StackResource): Props | undefined {
  const item = peek(() => record.props.item);
  return item === UNKNOWN ? undefined : (parseObject(item) ?? {});
}

/** The value of the item's key; empty where it is unknown or no text. */
export const idOf = (record: StackResource): string =>
  text(object(attributesOf(record)?.[text(record.props.hashKey)]).S);

/** The texts of an item beside its key. */
export function textsOf(record: StackResource): readonly string[] {
  const { [text(record.props.hashKey)]: _, ...others } = attributesOf(record) ?? {};
  return Object.values(others).flatMap((attribute) => {
    const { S: one, SS: several } = object(attribute);
    return [...strings(one), ...strings(several)];
  });
}
