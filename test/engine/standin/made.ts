/** What the stand-in of a provider says of a resource that it has "made". */
import { createHash } from "node:crypto";
import { complete } from "../../../cli/preview/engine/outputs";
import type { SdkTypes } from "../../../cli/preview/engine/sdkTypes";
import type { JsonObject } from "../../../cli/preview/engine/signatures";
import type { Json } from "../../../cli/preview/model";

export const typeOf = (urn: string): string => (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
const digest = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

export function made(
  urn: string,
  inputs: JsonObject,
  sdkTypes: SdkTypes,
): { readonly id: string; readonly outputs: JsonObject } {
  const type = typeOf(urn);
  const name = inputs["domainName"];
  const id = knownByName.has(type) && typeof name === "string" ? name : idOf(urn);
  const outputs = complete(inputs, sdkTypes.outputs(type), (output, declared) =>
    madeUp(output, declared, urn, inputs),
  );
  // Providers that are bridged from Terraform say a resource's id among its outputs as well, by which a policy knows its owner again.
  return { id, outputs: type.startsWith("kubernetes:") ? outputs : { ...outputs, id } };
}

/** A value that a program can go on with, of the type that the SDK declares. */
function madeUp(output: string, type: string, urn: string, inputs: JsonObject): Json {
  const id = idOf(urn);
  if (output === "domainValidationOptions") {
    const domain = String(inputs["domainName"] ?? "example.com");
    return [
      {
        domainName: domain,
        resourceRecordName: `_${digest(urn, 32)}.${domain}.`,
        resourceRecordType: "CNAME",
        resourceRecordValue: `_${digest(id, 32)}.acm-validations.aws.`,
      },
    ];
  }
  if (type.endsWith("[]")) return [];
  // What AWS says of a number that nobody set: a size without a bound, a verdict that is not kept.
  if (type === "number") return 0;
  if (type === "boolean") return false;
  if (type !== "string") return {};
  const service = typeOf(urn).split(/[:/]/)[1] ?? "service";
  // A topic's ARN ends with its name, by which policies find it again.
  const resource = service === "sns" ? String(inputs["name"] ?? id) : id;
  // What calls a function names an API of the account by its id, of small letters and digits.
  if (output === "executionArn") return `arn:aws:execute-api:eu-west-1:123456789012:${digest(id, 10)}`;
  if (/arn$/i.test(output)) return `arn:aws:${service}:eu-west-1:123456789012:${resource}`;
  return `${output}-${id}`;
}

/** What AWS knows by its name, and not by an id of its own. */
const knownByName = new Set([
  "aws:apigateway/domainName:DomainName",
  "aws:apigatewayv2/domainName:DomainName",
]);

const idOf = (urn: string): string => `${nameOf(urn)}-${digest(urn, 8)}`;
