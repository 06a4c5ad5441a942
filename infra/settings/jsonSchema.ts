import { z } from "zod";
import { settingsSchema } from "./settings.schema";

/** Where editors find it; `Pulumi.staging.yaml` names it in its first line. */
export const jsonSchemaPath = "infra/settings/stack-configuration.json";

/** The JSON Schema of a `Pulumi.<stack>.yaml`, for editors; made from the schema that the loader checks by. */
export function stackFileJsonSchema(project: string): object {
  const { properties, required } = z.toJSONSchema(settingsSchema, { io: "input", reused: "inline" }) as {
    properties: Record<string, object>;
    required: string[];
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Stack settings of ${project}`,
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [`${project}:${key}`, value]),
        ),
        required: required.map((key) => `${project}:${key}`),
        additionalProperties: false,
      },
    },
    required: ["config"],
  };
}
