import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { jsonSchemaPath, stackFileJsonSchema } from "../infra/settings/jsonSchema";

/** `npm run schema`: writes the JSON Schema of the stack files; `-- --check` fails when it is stale. */
const file = path.join(__dirname, "..", jsonSchemaPath);
const text = `${JSON.stringify(stackFileJsonSchema("fase-b"), null, 1)}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
  process.stdout.write(`wrote ${jsonSchemaPath}\n`);
} else if (readFileSync(file, "utf8") !== text) {
  process.stderr.write(
    `${jsonSchemaPath}: got a stale file; allowed: what the settings' schema gives; fix: npm run schema\n`,
  );
  process.exitCode = 1;
}
