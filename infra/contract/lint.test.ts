import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractText, edited } from "./testSupport";

const root = join(__dirname, "..", "..");
const spectral = require.resolve("@stoplight/spectral-cli/dist/index.js");

interface Finding {
  readonly code: string;
  readonly path: readonly string[];
}

/** What the linter finds, as `npm run lint` would; it exits 1 when it finds something. */
function lint(...files: string[]): Promise<readonly Finding[]> {
  const args = [
    spectral,
    "lint",
    ...files,
    "--ruleset",
    join(root, ".spectral.yaml"),
    "--format",
    "json",
    "--quiet",
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 16e6 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Finding[]);
      } catch {
        reject(new Error(`spectral said: ${stderr || stdout || error?.message || "nothing"}`));
      }
    });
  });
}

describe("the standard linter", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contract-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("finds nothing in either document, not even a hint", async () => {
    const files = ["openapi.yaml", "realtime-voice.asyncapi.yaml"].map((file) =>
      join("infra", "contract", file),
    );
    expect(await lint(...files)).toEqual([]);
  });

  it("finds each bound that is taken away", async () => {
    let text = edited(
      contractText(),
      "          minLength: 1\n          maxLength: 32768\n",
      "          minLength: 1\n",
    );
    text = edited(text, "          maxItems: 128\n", "");
    text = edited(
      text,
      "seed:\n          type: integer\n          minimum: 0\n",
      "seed:\n          type: integer\n",
    );
    text = edited(
      text,
      "    Label:\n      type: object\n      additionalProperties: false\n",
      "    Label:\n      type: object\n",
    );
    const file = join(folder, "unbounded.yaml");
    await writeFile(file, text);
    const found = (await lint(file)).map(({ code, path }) => `${code} ${path.slice(2).join("/")}`);
    expect(found.sort()).toEqual([
      "bounded-array ChatRequest/properties/messages",
      "bounded-number ChatRequest/properties/seed",
      "bounded-string ChatMessage/properties/content",
      "closed-object Label",
    ]);
  });
});
