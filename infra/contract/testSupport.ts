import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { ApiGatewayBodyArgs } from "./apiGatewayBody";
import { contractFile, ContractError, loadContract } from "./contract";
import type { OpenApiDocument, SchemaObject } from "./contract.schema";
import { parseReference } from "./references";

export const contractText = (): string => readFileSync(contractFile(), "utf8");

/** The contract's text with one passage changed; fails when the passage is not there, or the test would test nothing. */
export function edited(text: string, passage: string, replacement: string): string {
  expect(text, `the passage to edit: ${passage}`).toContain(passage);
  return text.replace(passage, () => replacement);
}

/** The problems that reading `text` is refused for. */
export function problemsOf(text: string): ContractError["problems"] {
  try {
    loadContract(text);
  } catch (error) {
    if (error instanceof ContractError) return error.problems;
    throw error;
  }
  return [];
}

export const bodyArgs: ApiGatewayBodyArgs = {
  title: "fase-b-staging",
  edgeInvocationUri:
    "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:fase-b-staging-edge:live/invocations",
  authorizerInvocationUri:
    "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:fase-b-staging-authorizer:live/invocations",
  integrationTimeoutMs: 29_000,
  retryAfter: { throttledSeconds: 1, quotaExceededSeconds: 86_400, unavailableSeconds: 30 },
};

/**
 * A validator of one schema among `schemas`, by JSON Schema draft 4: that is what the gateway's models are written
 * in, and, but for formats, what a schema of OpenAPI 3.0 is.
 */
export function validatorOf(schemas: object, name: string): (value: unknown) => boolean {
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  ajv.addSchema({ components: { schemas } }, "contract");
  const validate = ajv.compile({ $ref: `contract#/components/schemas/${name}` });
  return (value) => validate(value);
}

/** Values that a schema of the contract accepts. */
export function valid(document: OpenApiDocument, schema: SchemaObject): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const [, name = ""] = parseReference(schema.$ref) ?? [];
    return valid(document, document.components.schemas[name] ?? {});
  }
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches) return fc.oneof(...branches.map((branch) => valid(document, branch)));
  const value = schema.enum ? fc.constantFrom(...schema.enum) : validOfType(document, schema);
  return schema.nullable ? fc.option(value, { nil: null }) : value;
}

function validOfType(document: OpenApiDocument, schema: SchemaObject): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = 0, minimum = 0, maximum = 0, minItems = 0, maxItems = 0 } = schema;
  switch (schema.type) {
    case "string": {
      if (schema.format === "uuid") return fc.uuid();
      if (schema.format === "byte")
        return fc.base64String({ minLength, maxLength: Math.min(maxLength, 400) });
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
      return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 100) });
    }
    case "integer":
      return schema.multipleOf
        ? fc
            .integer({
              min: Math.ceil(minimum / schema.multipleOf),
              max: Math.floor(maximum / schema.multipleOf),
            })
            .map((n) => n * (schema.multipleOf ?? 1))
        : fc.integer({ min: minimum, max: maximum });
    case "number":
      return fc.double({
        min: minimum,
        max: maximum,
        minExcluded: schema.exclusiveMinimum ?? false,
        maxExcluded: schema.exclusiveMaximum ?? false,
        noNaN: true,
      });
    case "boolean":
      return fc.boolean();
    case "array": {
      const items = valid(document, schema.items ?? {});
      const bounds = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) };
      return schema.uniqueItems ? fc.uniqueArray(items, bounds) : fc.array(items, bounds);
    }
    case "object":
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, property]) => [
            name,
            valid(document, property),
          ]),
        ),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      return fc.jsonValue();
  }
}
