import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { toYaml } from "../../../infra/prober/proberRules";

export type Metrics = ReadonlyMap<string, number>;

interface Configuration {
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** `0.26` as a number of two parts. */
export function versionOf(path: string): readonly [number, number] {
  const text = execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const [, major, minor] = /version v?(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`no version in: ${text}`);
  return [Number(major), Number(minor)];
}

/** From 0.26 on it reads the API key from its file at each probe. */
export const readsHeaderFiles = ([major, minor]: readonly [number, number]): boolean =>
  major > 0 || minor >= 26;

/** For an exporter before 0.26, and for it alone: the key in the configuration itself. All else stays as it is generated. */
export function lowered(configuration: Configuration): Configuration {
  const modules = Object.entries(configuration.modules).map(([name, module]) => {
    const http = module["http"] as
      { headers: object; http_headers: Record<string, { files: [string] }> } | undefined;
    if (!http) return [name, module] as const;
    const { http_headers: fromFiles, headers, ...others } = http;
    const values = Object.entries(fromFiles).map(([header, { files }]) => [
      header,
      readFileSync(files[0], "utf8").trim(),
    ]);
    return [
      name,
      { ...module, http: { ...others, headers: { ...headers, ...Object.fromEntries(values) } } },
    ] as const;
  });
  return { modules: Object.fromEntries(modules) };
}

/** The real exporter, with a configuration of ours. */
export class Exporter {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(path: string, folder: string, configuration: Configuration): Promise<Exporter> {
    const file = join(folder, "blackbox.yml");
    writeFileSync(file, toYaml(configuration));
    const port = await freePort();
    const child = spawn(path, [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaints = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString("utf8")));
    const exporter = new Exporter(child, `http://127.0.0.1:${port}`);
    for (let tries = 0; tries < 100; tries += 1) {
      if (child.exitCode !== null) throw new Error(`the exporter ended: ${complaints}`);
      const response = await fetch(`${exporter.url}/-/healthy`).catch(() => undefined);
      if (response?.ok) return exporter;
      await new Promise((done) => setTimeout(done, 50));
    }
    child.kill();
    throw new Error(`the exporter is not healthy after 5 s: ${complaints}`);
  }

  async probe(module: string, target: string): Promise<Metrics> {
    const query = new URLSearchParams({ module, target });
    const response = await fetch(`${this.url}/probe?${query}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`probe ${module}: ${response.status} ${text}`);
    return new Map(
      text
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => {
          const at = line.lastIndexOf(" ");
          return [line.slice(0, at), Number(line.slice(at + 1))];
        }),
    );
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill();
    await once(this.child, "exit");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
