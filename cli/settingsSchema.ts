import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { jsonSchemaPath, stackFileJsonSchema } from "../infra/settings/jsonSchema";

/** `npm run schema`: writes the JSON Schema of the stack files; a test fails when it is stale. */
const text = `${JSON.stringify(stackFileJsonSchema("fase-b"), null, 1)}\n`;
writeFileSync(path.join(__dirname, "..", jsonSchemaPath), text);
process.stdout.write(`wrote ${jsonSchemaPath}\n`);
