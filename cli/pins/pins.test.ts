import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PINS_FILE, readPins, type Pins } from "../../infra/pins/pins";
import { pinsCommand } from "./command";
import { exitCodes } from "../outcome";
import * as run from "./run";

const projectDir = path.join(__dirname, "..", "..");
const INDEX = "application/vnd.oci.image.index.v1+json";
const manifest = (of: string): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { of } });
const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const HOSTS = ["quay.io", "ghcr.io", "docker.io", "public.ecr.aws"];

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const text = (body: string, headers: Readonly<Record<string, string>> = {}): Answer => {
  return (_, response) => void response.writeHead(200, { "content-type": INDEX, ...headers }).end(body);
};

describe("npm run pins", () => {
  let folder: string;
  let server: Server;
  let origin: string;
  /** By path; whatever is not there is 404. */
  let answers: Map<string, Answer>;
  let asked: string[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "fase-b-pins-"));
    copyFileSync(path.join(projectDir, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
    answers = new Map();
    asked = [];
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://localhost");
      asked.push(`${pathname} ${request.headers.authorization ?? ""}`.trim());
      const answer = answers.get(pathname);
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const zapPath = "/v2/zaproxy/zaproxy/manifests/2.17.0";
  const write = (
    digest: string,
    by: "public-files" | "registry" = "public-files",
    actions: object = {},
  ): void => {
    const lookedUp = { on: "2026-11-01", by, how: "a look at what is public" };
    const pins = JSON.parse(readFileSync(path.join(projectDir, PINS_FILE), "utf8")) as Pins;
    for (const image of Object.values(pins.images)) Object.assign(image, { digest: digestOf("other") });
    const zap: Record<string, unknown> = { ...pins.images.zap, digest, lookedUp };
    if (digest === "unpinned") delete zap["lookedUp"];
    Object.assign(pins.images, { zap });
    writeFileSync(path.join(folder, PINS_FILE), `${JSON.stringify({ ...pins, actions }, null, 2)}\n`);
  };
  const bytes = (): string => readFileSync(path.join(folder, PINS_FILE), "utf8");
  async function pins(...argv: string[]): Promise<{ status: number; said: string; zap: string }> {
    let said = "";
    const place = { endpoint: origin, tokenOrigins: [origin] };
    const status = await pinsCommand(["--color", "never", ...argv], {
      cwd: folder,
      env: {},
      stdout: { write: (part: string) => (said += part) },
      nowMs: () => Date.UTC(2026, 10, 26, 12),
      sources: {
        registry: { registries: Object.fromEntries(HOSTS.map((host) => [host, place])), timeoutMs: 1_000 },
        git: { base: `file://${folder}/git`, timeoutMs: 10_000 },
      },
      loadRun: () => run,
    });
    return { status, said, zap: said.split("\n").find((line) => line.includes(" zap ")) ?? "" };
  }

  it("takes the digest of the manifest's own bytes for what was unpinned, and says who was asked", async () => {
    write("unpinned");
    answers.set(zapPath, text(manifest("zap"), { "docker-content-digest": digestOf(manifest("zap")) }));
    const { zap } = await pins();
    expect(zap).toBe(`✓ zap 2.17.0: ${digestOf(manifest("zap"))}, until now unpinned`);
    expect(readPins(folder).images.zap).toMatchObject({
      digest: digestOf(manifest("zap")),
      lookedUp: { on: "2026-11-26", by: "registry" },
    });
  });

  it("confirms what public files said, and then has nothing more to write", async () => {
    write(digestOf(manifest("zap")));
    answers.set(zapPath, text(manifest("zap")));
    expect((await pins()).zap).toBe("✓ zap 2.17.0: as public files said");
    expect(readPins(folder).images.zap).toMatchObject({ lookedUp: { by: "registry" } });
    const before = bytes();
    const again = await pins();
    expect(again.zap).toBe("✓ zap 2.17.0: as it is pinned");
    expect(again.said).toContain("pins.json is as it was");
    expect(bytes()).toBe(before);
  });

  it("tells loudly what differs, and writes it for who accepts it by name alone", async () => {
    const [pinned, found] = [digestOf(manifest("zap")), digestOf(manifest("moved"))];
    write(pinned, "registry");
    answers.set(zapPath, text(manifest("moved")));
    const before = bytes();
    for (const argv of [["--check"], [], ["--accept", "aws-cli"]]) {
      const { status, zap } = await pins(...argv);
      expect(status).toBe(exitCodes.refused);
      expect(zap).toContain(
        `✗ DIFFERS zap 2.17.0: got ${found} from ghcr.io/zaproxy/zaproxy; allowed: ${pinned}`,
      );
      expect(bytes()).toBe(before);
    }
    expect((await pins("--accept", "zap")).zap).toBe(`! zap 2.17.0: ${found}, accepted instead of ${pinned}`);
    expect(readPins(folder).images.zap).toMatchObject({ digest: found });
  });

  it("gets a token from where the registry may send it, for this repository alone", async () => {
    write("unpinned");
    let scope = "";
    answers.set("/token", (request, response) => {
      scope = new URL(request.url ?? "", origin).searchParams.get("scope") ?? "";
      response.writeHead(200, { "content-type": "application/json" }).end('{"token":"T-1"}');
    });
    answers.set(zapPath, (request, response) => {
      if (request.headers.authorization === "Bearer T-1") return text(manifest("zap"))(request, response);
      const challenge = `Bearer realm="${origin}/token",service="double",scope="repository:*:push"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    expect((await pins()).zap).toContain(digestOf(manifest("zap")));
    expect(scope).toBe("repository:zaproxy/zaproxy:pull");
  });

  const refusals: readonly (readonly [string, () => Answer, RegExp])[] = [
    [
      "a digest that is not of the bytes",
      () => text(manifest("zap"), { "docker-content-digest": digestOf("other") }),
      /says sha256:\w+ of a manifest whose bytes are/,
    ],
    [
      "a redirect to another host",
      () => (_, response) =>
        void response.writeHead(307, { location: `http://localhost:${new URL(origin).port}/x` }).end(),
      /sends to http:\/\/localhost:\d+, who was not asked/,
    ],
    [
      "a redirect without an end",
      () => (_, response) => void response.writeHead(307, { location: zapPath }).end(),
      /sends from place to place/,
    ],
    [
      "a token service of somebody else",
      () => (_, response) =>
        void response.writeHead(401, { "www-authenticate": 'Bearer realm="http://localhost:1/token"' }).end(),
      /sends to http:\/\/localhost:1 for a token, which is not its own/,
    ],
    [
      "a login with a password",
      () => (_, response) => void response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end(),
      /a login of a kind that is not known here/,
    ],
    [
      "a token that would be a second header",
      () => (request, response) => {
        answers.set("/token", (__, other) => void other.writeHead(200).end('{"token":"a\\r\\nb: c"}'));
        response.writeHead(401, { "www-authenticate": `Bearer realm="${origin}/token"` }).end();
        request.resume();
      },
      /token service answered 200 and no token/,
    ],
    ["no answer in time", () => () => undefined, /gave no answer in time/],
    [
      "a body that never ends in time",
      () => (_, response) => void response.writeHead(200, { "content-type": INDEX }).write("{"),
      /gave no answer in time/,
    ],
    ["a huge body", () => text("x".repeat(5 * 1024 * 1024)), /answered with more than 4194304 bytes/],
    ["what is no manifest", () => text('{"schemaVersion":1}'), /answered with what is no manifest/],
    [
      "a page",
      () => text("<html>", { "content-type": "text/html" }),
      /answered with text\/html, no manifest/,
    ],
    ["a refusal", () => (_, response) => void response.writeHead(429).end(), /answered 429/],
    ["a connection that breaks", () => (request) => void request.socket.destroy(), /can't be reached/],
  ];

  it.each(refusals)("changes nothing for %s, and says why", async (_, answer, because) => {
    write("unpinned");
    answers.set(zapPath, answer());
    const before = bytes();
    const { status, zap, said } = await pins();
    expect(zap).toMatch(/^\? zap 2\.17\.0: not looked up: /);
    expect(zap).toMatch(because);
    expect(said).toContain("pins.json is as it was");
    expect(status).toBe(exitCodes.refused);
    expect(bytes()).toBe(before);
  });

  it("has nothing against pins of which nobody can be asked, where it only checks", async () => {
    write(digestOf("zap"));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const { status, said } = await pins("--check");
    expect(status).toBe(exitCodes.ok);
    expect(said.match(/not looked up: .+ can't be reached \(ECONNREFUSED\)/g)).toHaveLength(4);
    server.listen(0, "127.0.0.1");
  });

  it("pins an action by the commit of its tag, through what annotates it", async () => {
    const repository = path.join(folder, "git", "actions", "checkout");
    mkdirSync(repository, { recursive: true });
    const git = (...args: string[]): string =>
      execFileSync(
        "git",
        ["-C", repository, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args],
        {
          encoding: "utf8",
        },
      ).trim();
    git("init", "--quiet");
    git("commit", "--quiet", "--allow-empty", "-m", "one");
    git("tag", "-a", "v6.0.3", "-m", "annotated");
    const commit = git("rev-parse", "HEAD");
    expect(git("rev-parse", "v6.0.3")).not.toBe(commit);
    write(digestOf("zap"), "registry", {
      "actions/checkout": { version: "v6.0.3", commit: "unpinned" },
      "actions/gone": { version: "v1", commit: "unpinned" },
    });
    const { said } = await pins();
    expect(said).toContain(`✓ actions/checkout v6.0.3: ${commit}, until now unpinned`);
    expect(said).toContain("? actions/gone v1: not looked up: the repository can't be reached by git");
    expect(readPins(folder).actions).toMatchObject({
      "actions/checkout": { commit, lookedUp: { by: "registry" } },
      "actions/gone": { commit: "unpinned" },
    });
    git("commit", "--quiet", "--allow-empty", "-m", "two");
    git("tag", "-f", "v6.0.3");
    const moved = await pins("--check");
    expect(moved.said).toContain("✗ DIFFERS actions/checkout v6.0.3");
    expect(moved.status).toBe(exitCodes.refused);
  });

  it("refuses a name that is no pin, a word, and a check that accepts", async () => {
    write(digestOf("zap"));
    await expect(pins("--accept", "nobody")).rejects.toThrow('--accept: got "nobody"; allowed: ');
    await expect(pins("zap")).rejects.toThrow('got "zap"');
    await expect(pins("--check", "--accept", "zap")).rejects.toThrow("one of the two");
    expect(asked).toEqual([]);
  });
});
