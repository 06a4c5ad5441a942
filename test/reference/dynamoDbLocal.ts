import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(__dirname, "../..");
const pom = join(__dirname, "pom.xml");
/** What the jars of the pom are, as a lock file says it of npm's: `sha256sum`'s form. */
const digests = join(__dirname, "jars.sha256");

const startTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;

/** The reference store cannot run here: a tool is missing, or what it is made of cannot be had. */
export class CannotRunError extends Error {
  override readonly name = "CannotRunError";
}

export function dynamoDbLocalVersion(): string {
  const [, version] =
    /<artifactId>DynamoDBLocal<\/artifactId>\s*<version>([\d.]+)</.exec(readFileSync(pom, "utf8")) ?? [];
  if (version === undefined) throw new Error(`${pom}: no exact version of DynamoDBLocal; fix: name one`);
  return version;
}

/** `FASE_B_REFERENCE_FOLDER` is for the tests of this very code. */
const folder = (): string =>
  join(process.env["FASE_B_REFERENCE_FOLDER"] ?? join(root, ".local/dynamodb"), dynamoDbLocalVersion());

/** @throws CannotRunError naming what to install */
export function assertJava(): void {
  const { stdout, error } = spawnSync("java", ["--list-modules"], { encoding: "utf8" });
  if (error !== undefined)
    throw new CannotRunError(
      "Java: got no `java` on the PATH; allowed: a JDK from 17; fix: install one (Debian: openjdk-17-jdk-headless)",
    );
  const [, version = "none"] = /^java\.base@(\d+)/m.exec(stdout) ?? [];
  if (!(Number(version) >= 17))
    throw new CannotRunError(
      `Java: got version ${version}; allowed: a JDK from 17; fix: install one (Debian: openjdk-17-jdk-headless)`,
    );
  if (!/^jdk\.compiler@/m.test(stdout))
    throw new CannotRunError(
      "Java: got a runtime without its compiler; allowed: a JDK from 17; fix: install one (Debian: openjdk-17-jdk-headless)",
    );
}

/**
 * Fetches DynamoDB Local and what it needs from Maven Central, unless every file of the list is there.
 *
 * @throws CannotRunError
 */
export function fetchDynamoDbLocal(log: (line: string) => void): void {
  const target = folder();
  if (existsSync(target) && digestsOf(target) === readFileSync(digests, "utf8")) return;
  log(`fetching DynamoDB Local ${dynamoDbLocalVersion()} from Maven Central, once`);
  // Under another name until it is whole.
  const unfinished = `${target}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    copyDependencies(unfinished);
    assertDigests(unfinished);
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function copyDependencies(into: string): void {
  // Strict checksums: https://maven.apache.org/ref/3.8.7/maven-embedder/cli.html
  const { status, stdout, error } = spawnSync(
    "mvn",
    [
      "--quiet",
      "--batch-mode",
      "--strict-checksums",
      "--file",
      pom,
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${into}`,
    ],
    { encoding: "utf8" },
  );
  if (error !== undefined)
    throw new CannotRunError(
      "Maven: got no `mvn` on the PATH; allowed: Maven from 3.6; fix: install it (Debian: maven)",
    );
  if (status !== 0) {
    const [reason = "no reason"] = stdout.split("\n").filter((line) => line.includes("ERROR"));
    throw new CannotRunError(
      `Maven: could not fetch DynamoDB Local: ${reason.trim()}; fix: see that Maven Central can be reached`,
    );
  }
}

/** @throws CannotRunError for a file that is not in the list, and for one of the list that is not there */
function assertDigests(fetched: string): void {
  const found = digestsOf(fetched);
  const expected = readFileSync(digests, "utf8");
  if (found === expected) return;
  const known = new Set(expected.split("\n"));
  const others = found.split("\n").filter((line) => !known.has(line));
  throw new CannotRunError(
    `DynamoDB Local: got other files than test/reference/jars.sha256 lists (${others.map((line) => line.slice(66)).join(", ") || "some are missing"}); fix: where pom.xml was changed on purpose, write the list again as README.md says`,
  );
}

const digestsOf = (path: string): string =>
  readdirSync(path)
    .sort()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(path, name)))
          .digest("hex")}  ${name}\n`,
    )
    .join("");

export interface DynamoDbLocal {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** In memory and empty. It ends with this process at the latest, also where that is killed: see Reference.java. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const jars = folder();
  const java = spawn(
    "java",
    [
      `-Djava.library.path=${jars}`,
      // Fast to start and small; it lives for a minute.
      "-XX:TieredStopAtLevel=1",
      "-Xmx512m",
      "--class-path",
      join(jars, "*"),
      join(__dirname, "Reference.java"),
    ],
    { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, DDB_LOCAL_TELEMETRY: "0" } },
  );
  const said: string[] = [];
  const ended = once(java, "close");
  const stop = async (): Promise<void> => {
    if (java.exitCode !== null || java.signalCode !== null) return;
    java.stdin.end();
    const timer = setTimeout(() => java.kill("SIGKILL"), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  };
  createInterface(java.stderr).on("line", (line) => said.push(line));
  const url = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), startTimeoutMs);
    const settle = (value: string | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    createInterface(java.stdout).on("line", (line) => {
      said.push(line);
      const [, address] = /^listening on (http:\S+)$/.exec(line) ?? [];
      if (address !== undefined) settle(address);
    });
    java.once("error", () => settle(undefined));
    java.once("exit", () => settle(undefined));
  });
  if (url === undefined || java.pid === undefined) {
    await stop();
    throw new CannotRunError(
      `DynamoDB Local did not start; it said: ${said.slice(0, 12).join(" | ") || "nothing"}`,
    );
  }
  return { url, pid: java.pid, stop };
}
