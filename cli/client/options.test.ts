import { describe, expect, it } from "vitest";
import { PkiProblem } from "../../infra/functions/pki/pkiProblem";
import { stagingValues } from "../../test/support/staging";
import { UsageError } from "../usageError";
import { client, explained, type Surroundings } from "./command";
import { ClientError } from "./errors";
import { readRequestFile } from "./files";
import { parseCommand } from "./options";
import { enrolmentSettings } from "./settings";
import type { Settings } from "../../infra/settings/settings.schema";

const parse = (line: string) => parseCommand(line.split(" "));
const options = { stack: "staging", color: "auto" };

describe("the command line of npm run client", () => {
  it("reads each command with its own options", () => {
    expect(parse("enroll web-app --csr a.csr")).toEqual({
      kind: "enroll",
      clientId: "web-app",
      csr: "a.csr",
      force: false,
      options,
    });
    expect(parse("--stack=other renew web-app --out x.pem --csr a.csr --force -C dir")).toEqual({
      kind: "renew",
      clientId: "web-app",
      csr: "a.csr",
      out: "x.pem",
      force: true,
      options: { stack: "other", color: "auto", cwd: "dir" },
    });
    expect(parse("revoke web-app --serial 0a")).toEqual({
      kind: "revoke",
      clientId: "web-app",
      serial: "0a",
      all: false,
      options,
    });
    expect(parse("list")).toEqual({ kind: "list", options });
    expect(parse("prune web-app")).toEqual({ kind: "prune", clientId: "web-app", options });
    expect(parse("revoke --help")).toEqual({ kind: "help" });
  });

  it.each([
    ["", /^command: got ""; allowed: enroll, renew, revoke, list, prune/],
    ["enrol web-app", /^command: got "enrol"/],
    ["enroll", /^enroll: got no client_id; write npm run client -- enroll <client_id>/],
    ["enroll web-app", /^enroll: got no --csr/],
    ["enroll web-app --csr", /^--csr needs a value, got nothing/],
    ["enroll web-app --csr --force", /^--csr needs a value, got --force/],
    ["enroll web-app other --csr a", /^enroll: got "other" after the client/],
    [
      "enroll web-app --csr a --all",
      /^--all: not an option of enroll; allowed: --csr, --out, --force, --stack/,
    ],
    ["enroll web-app --csr a --force=yes", /^--force takes no value/],
    ["revoke web-app --serial 0a --all", /^--serial and --all exclude each other/],
    ["revoke", /^revoke: got no client_id/],
    ["list --csr a", /^--csr: not an option of list/],
    ["list --key a", /^unknown option --key; allowed: --csr/],
    ["list --stack ../x", /^--stack: got "..\/x"/],
    ["list --color blue", /^--color: got "blue"/],
  ])("refuses %j", (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  it("explains itself without loading anything, and ends with 0", async () => {
    const said: string[] = [];
    const surroundings: Surroundings = {
      cwd: "/",
      env: {},
      stdout: { write: (text) => said.push(text) },
      loadRun: () => {
        throw new Error("not needed");
      },
    };
    expect(await client(["--help"], surroundings)).toBe(0);
    expect(said.join("")).toMatch(
      /^Issues, renews and revokes[^]+Exit status:\n {2}0 {2}done\n {2}1 {2}[^]+\n {2}2 {2}/,
    );
  });

  it("says of exit status 1 what ends with it: a client that is unknown, a request that can't be read", async () => {
    const said: string[] = [];
    const stdout = { write: (text: string) => said.push(text) };
    const loadRun = (): never => {
      throw new Error("not needed");
    };
    await client(["--help"], { cwd: "/", env: {}, stdout, loadRun });
    const [, one = ""] = /\n {2}1 {2}([^]+)\n {2}2 {2}/.exec(said.join("")) ?? [];
    expect(one).toMatch(/a client that is unknown/);
    expect(one).toMatch(/a request that can't be read/);
    const unreadable = (): unknown => {
      try {
        return readRequestFile("/nowhere/web-app.csr");
      } catch (error) {
        return error;
      }
    };
    expect(explained(unreadable()).status).toBe(1);
  });

  it.each<[string, unknown, number, RegExp]>([
    [
      "what stands against it",
      new ClientError({ what: "a", got: "b\nc", allowed: "d", fix: "e" }),
      1,
      /^a: got b c; allowed: d; fix: e$/,
    ],
    [
      "a certificate's problem",
      new PkiProblem({ what: "a", got: "b", allowed: "c", fix: "d" }),
      1,
      /^a: got b/,
    ],
    ["a wrong command line", new UsageError("x"), 2, /^x$/],
    ["a fault of its own, with its trace", new TypeError("x"), 2, /^TypeError: x\n +at /],
  ])("says %s", (_, error, status, text) => {
    expect(explained(error)).toEqual({ status, text: expect.stringMatching(text) as string });
  });
});

describe("what the command reads of the settings", () => {
  it("is the clients, the generation that issues, the leaves' life and how soon a revocation counts", () => {
    const { clients, prober, scanning, trust: staging } = stagingValues() as unknown as Settings;
    const trust: Settings["trust"] = {
      ...staging,
      generations: [
        { id: "g1", state: "retiring", stoppedIssuing: "2026-11-26" },
        { id: "g2", state: "issuing" },
      ],
    };
    expect(enrolmentSettings({ clients, prober, scanning, trust })).toEqual({
      clientIds: ["web-app", "mobile-app", "partner-north", "qa-security", "prober", "scanner"],
      generation: "g2",
      issuedByRotation: { prober: "rotate-prober-certificates", scanner: "rotate-scanner-certificate" },
      leafLifetimeDays: 30,
      revocationSeconds: 55,
    });
  });
});
