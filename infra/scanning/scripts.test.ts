import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scriptFile } from "./scripts";

/** Each script is run by sh, with doubles of the tools on the PATH; what a double was called with is written down. */

const KEY = "a1b2c3d4e5f6a7b8c9d0";
const REPORT = '{"site":[{"@name":"https://chat-01.staging.example.com","alerts":[]}]}';
const CASE =
  '<testsuites><testsuite name="s" tests="1"><testcase name="POST /chat"/></testsuite></testsuites>';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const read = (...parts: string[]): string => readFileSync(at(...parts), "utf8");
const exitCode = (): string => read("reports", "exit-code").trim();

function double(name: string, script: string): void {
  writeFileSync(at("bin", name), `#!/bin/sh\nprintf '%s\\n' "${name} $*" >>"${at("calls")}"\n${script}\n`);
  chmodSync(at("bin", name), 0o755);
}

const calls = (): string => (existsSync(at("calls")) ? read("calls") : "");

function run(script: "zap.sh" | "fuzz.sh" | "upload.sh", variables: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync("sh", [scriptFile(script)], {
    encoding: "utf8",
    timeout: 30_000,
    env: {
      PATH: `${at("bin")}:${process.env["PATH"] ?? ""}`,
      CONFIGURATION: at("configuration"),
      CERTIFICATES: at("certificate"),
      SCRIPTS: join(scriptFile("fuzz.sh"), ".."),
      API_KEY_FILE: at("api-key"),
      REPORTS: at("reports"),
      WORK: at("work"),
      PRIVATE: at("private"),
      LIMIT_SECONDS: "20",
      SECONDS_PER_ROUTE: "5",
      ...variables,
    },
  });
  return { status, output: stdout + stderr };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fase-b-scan-"));
  for (const name of ["bin", "configuration", "certificate", "reports", "work", "private"])
    mkdirSync(at(name));
  writeFileSync(at("api-key"), KEY);
  writeFileSync(
    at("configuration", "targets"),
    "chat https://chat-01.staging.example.com/chat\nvision https://vision-01.staging.example.com/vision\n",
  );
  writeFileSync(at("configuration", "zap.properties"), "network.ratelimit.rules.rule(0).reqsPerSec=5\n");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("zap.sh (B2.1)", () => {
  /** A gateway: no answer without a certificate, 401 without a key, otherwise the validation's. */
  const gateway = (without = "000", keyless = "401", known = "400"): void =>
    double(
      "curl",
      `case "$*" in *--header*@*) printf ${known} ;; *--cert*) printf ${keyless} ;; *) printf ${without}; exit 56 ;; esac`,
    );
  const zap = (script: string): void =>
    double("zap.sh", `cp "${at("private", "zap.properties")}" "${at("given")}"\n${script}`);
  const report = `printf '%s' '${REPORT}' >"${"$"}REPORTS/report.json"`;

  beforeEach(() => {
    gateway();
    double("openssl", 'while [ $# -gt 0 ]; do [ "$1" = -out ] && printf p12 >"$2"; shift; done');
  });

  it("says that a scan passed when ZAP does and its report can be read", () => {
    zap(`${report}; exit 0`);
    const { status, output } = run("zap.sh", { SCAN: "zap-authenticated" });
    expect(output).toContain("zap-authenticated: ended with 0");
    expect([status, exitCode()]).toEqual([0, "0"]);
    expect(read("reports", "started-at")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/);
  });

  it("gives ZAP certificate and key in a file, and neither to anybody's arguments", () => {
    zap(`${report}; exit 0`);
    run("zap.sh", { SCAN: "zap-authenticated" });
    expect(read("given")).toContain(`replacer.full_list(0).replacement=${KEY}\n`);
    expect(read("given")).toContain("network.ratelimit.rules.rule(0).reqsPerSec=5\n");
    const password = /pkcs12\.password=(.+)/.exec(read("given"))?.[1] ?? "";
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(calls()).not.toContain(KEY);
    expect(calls()).not.toContain(password);
    // What is left in the pod is what is sent away.
    expect(existsSync(at("private", "zap.properties"))).toBe(false);
    expect(existsSync(at("work", "zap"))).toBe(false);
  });

  it("has no key in a baseline scan, not even one that could be read", () => {
    zap(`${report}; exit 0`);
    run("zap.sh", { SCAN: "zap-baseline", API_KEY_FILE: "/nowhere" });
    expect(exitCode()).toBe("0");
    expect(read("given")).not.toContain("replacer");
  });

  it.each([
    ["findings that fail", `${report}; exit 1`, "1"],
    ["warnings, of requests that were not made", `${report}; exit 2`, "2"],
    ["a crash", "kill -ABRT $$", "134"],
    ["no report", "exit 0", "92"],
    ["a report that is cut off", `printf '{"site":[{' >"$REPORTS/report.json"; exit 0`, "92"],
    ["a report of something else", `printf '[]' >"$REPORTS/report.json"; exit 0`, "92"],
    ["no ZAP", "exit 127", "127"],
  ])("ends with 0 and leaves another code after %s", (_, script, code) => {
    zap(script);
    expect(run("zap.sh", { SCAN: "zap-authenticated" }).status).toBe(0);
    expect(exitCode()).toBe(code);
  });

  it("ends a scan at its limit, which is a failure", () => {
    zap(`${report}; exec sleep 15`);
    run("zap.sh", { SCAN: "zap-baseline", LIMIT_SECONDS: "1" });
    expect(exitCode()).toBe("91");
  });

  it.each([
    ["a door is open without a certificate", "zap-baseline", ["200", "401", "400"]],
    ["a certificate is enough", "zap-baseline", ["403", "400", "400"]],
    ["nothing is there", "zap-baseline", ["000", "000", "000"]],
    ["the scanner is refused", "zap-authenticated", ["000", "401", "403"]],
    ["nothing answers the scanner", "zap-authenticated", ["000", "000", "000"]],
  ])("scans nothing, and fails, when %s", (_, scan, [without, keyless, known]) => {
    gateway(without, keyless, known);
    zap(`${report}; exit 0`);
    run("zap.sh", { SCAN: scan });
    expect(exitCode()).toBe("90");
    expect(calls()).not.toContain("zap.sh");
  });

  it.each([
    ["is empty", (file: string) => writeFileSync(file, "")],
    ["is not there", (file: string) => rmSync(file)],
  ])("fails where the list of what to scan %s", (_, change) => {
    change(at("configuration", "targets"));
    zap(`${report}; exit 0`);
    run("zap.sh", { SCAN: "zap-baseline" });
    expect(exitCode()).toBe("90");
    expect(calls()).not.toContain("zap.sh");
  });

  it.each([
    ["a key with a second line", `${KEY}\nx-other: 1`],
    ["an empty key", ""],
  ])("fails before anything is asked with %s", (_, key) => {
    writeFileSync(at("api-key"), key);
    zap(`${report}; exit 0`);
    run("zap.sh", { SCAN: "zap-authenticated" });
    expect(exitCode()).toBe("93");
    expect(calls()).not.toContain("curl");
  });
});

describe("fuzz.sh", () => {
  /** Writes the report where it is told to. */
  const fuzzer = (then: string, served = '>"$SCAN_LET_IN"'): void =>
    double(
      "schemathesis",
      `for one in "$@"; do out=$one; done\nprintf '%s' "$SCAN_API_KEY" >"${at("key")}"\n${served}\n${then}`,
    );
  const fuzz = (variables: Record<string, string> = {}) => run("fuzz.sh", { SCAN: "fuzz", ...variables });

  it("fuzzes each route at its domain, and leaves one report of all", () => {
    fuzzer(`printf '%s' '${CASE}' >"$out"`);
    expect(fuzz().status).toBe(0);
    expect(exitCode()).toBe("0");
    expect(calls()).toMatch(
      /run \S+contract-chat\.json --url https:\/\/chat-01\.staging\.example\.com --max-time 5 /,
    );
    expect(read("reports", "junit.xml").match(/<testcase/g)).toHaveLength(2);
  });

  it("gives the key by the fuzzer's own environment, and to nobody's arguments", () => {
    fuzzer(`printf '%s' '${CASE}' >"$out"`);
    const { output } = fuzz();
    expect(read("key")).toBe(KEY);
    expect(calls() + output).not.toContain(KEY);
  });

  it.each([
    ["findings on one route", `printf '%s' '${CASE}' >"$out"; case "$*" in *vision*) exit 1 ;; esac`, "1"],
    [
      "a crash on the first route, and none on the second",
      `printf '%s' '${CASE}' >"$out"; case "$*" in *chat*) kill -SEGV $$ ;; esac`,
      "139",
    ],
    ["no report of one route", `case "$*" in *chat*) printf '%s' '${CASE}' >"$out" ;; esac`, "92"],
    ["a report that is cut off", `printf '<testsuites><testsuite' >"$out"`, "92"],
    ["a report without a case", `printf '<testsuites><testsuite/></testsuites>' >"$out"`, "92"],
  ])("ends with 0 and leaves another code after %s", (_, script, code) => {
    fuzzer(script);
    expect(fuzz().status).toBe(0);
    expect(exitCode()).toBe(code);
  });

  it.each([
    ["any route", ":"],
    ["one route", 'case "$*" in *chat*) >"$SCAN_LET_IN" ;; esac'],
  ])("fails where nothing was served on %s, however well it was refused", (_, served) => {
    fuzzer(`printf '%s' '${CASE}' >"$out"`, served);
    fuzz();
    expect(exitCode()).toBe("90");
  });

  it("knows an end at the limit also as BusyBox says it, whose timeout is in the image", () => {
    fuzzer(`printf '%s' '${CASE}' >"$out"; kill -TERM $$`);
    fuzz();
    expect(exitCode()).toBe("91");
  });

  it("goes on with the other routes after one with findings", () => {
    fuzzer(`printf '%s' '${CASE}' >"$out"; exit 1`);
    fuzz();
    expect(calls().match(/schemathesis --config-file/g)).toHaveLength(2);
    expect(exitCode()).toBe("1");
  });

  it("fails when there is no time for a route", () => {
    fuzzer(`sleep 2; printf '%s' '${CASE}' >"$out"`);
    fuzz({ LIMIT_SECONDS: "1" });
    expect(exitCode()).toBe("91");
  });
});

describe("upload.sh", () => {
  const upload = () =>
    run("upload.sh", {
      SCAN: "fuzz",
      STACK: "staging",
      TOOL_NAME: "schemathesis",
      TOOL_VERSION: "4.28.0",
      BUCKET: "evidence",
      LOG_GROUP: "/fase-b/fase-b-staging/scans",
      HOSTNAME: "fuzz-123-abc",
    });
  /** Keeps what it is given; fails on calls that match. */
  const aws = (failing = "nothing-at-all"): void =>
    double(
      "aws",
      `case "$*" in *${failing}*) exit 254 ;; esac
while [ $# -gt 0 ]; do case $1 in --body) cp "$2" "${at("sent")}-$(basename "$2")" ;; --log-events) cp "\${2#file://}" "${at("line")}" ;; esac; shift; done`,
    );
  const ran = (code: string, ...reports: string[]): void => {
    writeFileSync(at("reports", "started-at"), "2026-11-26T05:17:09Z\n");
    writeFileSync(at("reports", "ended-at"), "2026-11-26T05:59:00Z\n");
    writeFileSync(at("reports", "exit-code"), `${code}\n`);
    for (const name of reports) writeFileSync(at("reports", name), CASE);
  };
  const line = (): unknown => {
    const [event] = JSON.parse(read("line")) as [{ timestamp: number; message: string }];
    expect(Math.abs(event.timestamp - Date.now())).toBeLessThan(60_000);
    return JSON.parse(event.message);
  };

  beforeEach(() => aws());

  it("sends the reports, then what they are, then one line", () => {
    ran("0", "junit.xml");
    expect(upload().status).toBe(0);
    const made = calls().split("\n");
    expect(made.map((call) => call.split(" ").slice(1, 3).join(" "))).toEqual([
      "s3api put-object",
      "s3api put-object",
      "logs create-log-stream",
      "logs put-log-events",
      "",
    ]);
    expect(made[0]).toContain("--key scans/fuzz/20261126T051709Z/junit.xml ");
    expect(made[1]).toContain("--key scans/fuzz/20261126T051709Z/run.json ");
    expect(made[0]).toContain("--if-none-match *");
    expect(JSON.parse(read("sent-run.json"))).toEqual({
      scan: "fuzz",
      startedAt: "2026-11-26T05:17:09Z",
      endedAt: "2026-11-26T05:59:00Z",
      exitCode: 0,
      tool: { name: "schemathesis", version: "4.28.0" },
      stack: "staging",
      reports: [{ file: "junit.xml", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect(line()).toEqual({ scan: "fuzz", outcome: "passed" });
  });

  it.each([
    ["findings", "1", ["junit.xml"], 1],
    ["a run that left nothing to read", "0", [], 92],
    ["a crash without a report", "139", [], 139],
    ["a code that is none", "x", ["junit.xml"], 94],
  ])("says failed and ends so after %s", (_, code, reports, status) => {
    ran(code, ...reports);
    expect(upload().status).toBe(status);
    expect(line()).toEqual({ scan: "fuzz", outcome: "failed" });
  });

  it("says failed of a scan that left no word", () => {
    expect(upload().status).toBe(94);
    expect(line()).toEqual({ scan: "fuzz", outcome: "failed" });
  });

  it.each(["junit.xml", "run.json"])("says failed when %s cannot be sent", (file) => {
    aws(file);
    ran("0", "junit.xml");
    expect(upload().status).toBe(95);
    expect(line()).toEqual({ scan: "fuzz", outcome: "failed" });
  });

  it("leaves no run.json where a report is missing: who finds it finds the others", () => {
    aws("junit.xml");
    ran("0", "junit.xml");
    upload();
    expect(calls()).not.toContain("run.json");
  });

  it("fails the job when the outcome cannot be logged", () => {
    aws("put-log-events");
    ran("0", "junit.xml");
    expect(upload().status).toBe(96);
  });

  it("fails the job when the outcome was taken and thrown away, as of a clock that is wrong", () => {
    double("aws", `case "$*" in *put-log-events*) printf '{"tooNewLogEventStartIndex": 0}' ;; esac`);
    ran("0", "junit.xml");
    expect(upload().status).toBe(96);
    double("aws", `case "$*" in *put-log-events*) printf 'None\\n' ;; esac`);
    expect(upload().status).toBe(0);
  });
});
