import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, leadHere, tryBlock, type Tried } from "../support/page";
import { projectDir, Running } from "./support/running";

let running: Running;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fase-b-onboarding-"));
  running = await Running.start();
});
afterAll(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the committed page of a client's first call (B7.3)", () => {
  it("has curl lines of which each gets, from the whole data plane, what stands behind it", async () => {
    const page = readFileSync(join(projectDir, "stacks/staging/documents/onboarding.md"), "utf8");
    const [request = "", ...blocks] = blocksOf(page);
    await tryBlock(request, folder);
    // The run's authority certifies keys of its own only; that the page's request is certified is shown beside the page's maker.
    for (const kind of ["pem", "key", "api-key"])
      copyFileSync(join(running.folder, "clients", `web-app.${kind}`), join(folder, `web-app.${kind}`));
    leadHere(folder, running.port, running.clientFile("root.pem"));
    const tried: Tried[] = [];
    for (const block of blocks) tried.push(...(await tryBlock(block, folder)));
    expect(tried.length).toBeGreaterThanOrEqual(9);
    expect(tried.map(({ came, command }) => `${came} ${command}`)).toEqual(
      tried.map(({ says, command }) => `${says} ${command}`),
    );
  });
});
