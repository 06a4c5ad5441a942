import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProgramCopy } from "../../test/support/programCopy";

/** `npm run letter` as a process, in a repository of its own: from three keys to a letter that holds, and what is refused on the way. */
let copy: ProgramCopy;
let elsewhere: string;
beforeAll(() => {
  copy = new ProgramCopy();
  elsewhere = mkdtempSync(join(tmpdir(), "fase-b-keys-"));
  writeFileSync(join(copy.folder, ".gitignore"), "node_modules\n.build\n");
  writeFileSync(join(copy.folder, "informe-a.html"), "<p>Informe A</p>");
  git("init", "--quiet");
  commit();
}, 60_000);
afterAll(() => {
  copy.remove();
  rmSync(elsewhere, { recursive: true, force: true });
});

const commit = (): void => {
  git("add", "--all");
  git(
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.com",
    "commit",
    "--quiet",
    "--message",
    "source",
  );
};
const git = (...args: string[]): string => execFileSync("git", args, { cwd: copy.folder, encoding: "utf8" });

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const letter = (...args: string[]): Ended =>
  spawnSync(process.execPath, ["--require=./runtime/register.cjs", "cli/letter/main.ts", ...args], {
    cwd: copy.folder,
    encoding: "utf8",
    timeout: 60_000,
    input: "",
  });

const key = (role: string): string => join(elsewhere, `${role}.pem`);
const inStack = (...names: string[]): string => join(copy.folder, "stacks", "staging", ...names);
const oneLine = (text: string): void => {
  expect(text.trim().split("\n")).toHaveLength(1);
  expect(text).not.toMatch(/\n\s+at /);
};

describe("npm run letter (B0.2)", () => {
  it("explains itself, and tells a mistake in one line", () => {
    expect(letter("--help")).toMatchObject({ status: 0, stderr: "" });
    for (const args of [[], ["sing"], ["draft"], ["sign", "--key"], ["draft", "--decision", "GO"]]) {
      const { status, stdout, stderr } = letter(...args);
      expect([status, stdout]).toEqual([2, ""]);
      oneLine(stderr);
    }
  }, 60_000);

  it("goes from three keys to a letter that holds, and ends with whatever is changed", () => {
    const nobody = letter("draft", "--decision", "GO", "--informe", "informe-a.html");
    expect(nobody.status).toBe(1);
    expect(nobody.stderr).toMatch(/roles\.json.*no key in force of lead-security, code, ceo/);
    expect(existsSync(inStack("letters"))).toBe(false);

    const entries = ["lead-security", "code", "ceo"].map((role) => {
      const made = letter("keygen", "--out", key(role), "--role", role, "--holder", `holder-${role}`);
      expect(made.status).toBe(0);
      expect(made.stderr).toMatch(/^note: [^\n]*trustedRoles\.ts[^\n]*\n$/);
      expect(made.stdout).not.toContain("PRIVATE");
      return JSON.parse(made.stdout) as object;
    });
    expect(letter("keygen", "--out", key("ceo"), "--role", "ceo", "--holder", "holder-ceo").status).not.toBe(
      0,
    );
    writeFileSync(inStack("roles.json"), JSON.stringify(entries));
    const foreign = letter("draft", "--decision", "GO", "--informe", "informe-a.html");
    expect(foreign.status).toBe(1);
    const digest = /fix: enter "staging": "([0-9a-f]{64})" in/.exec(foreign.stderr)?.[1] ?? "none";
    const nobodys = "37517e5f3dc66819f61f5a7bb8ace1921282415f10551d2defa5c3eb0985b570";
    for (const file of ["infra/release/trustedRoles.ts", "policies/lib/trustedRoles.ts"])
      copy.edit(file, nobodys, digest);
    commit();

    const drafted = letter("draft", "--decision", "GO", "--informe", "informe-a.html");
    expect([drafted.status, drafted.stderr]).toEqual([0, ""]);
    const text = readFileSync(inStack("letters", "fase-a-001.md"), "utf8");
    expect(text).toContain("Carta GO");
    expect(text).toContain(git("rev-parse", "HEAD").trim());

    // Nobody agrees by a pipe that has nothing to say.
    const asked = letter("sign", "--key", key("ceo"));
    expect(asked.status).toBe(2);
    expect(existsSync(inStack("letters", "fase-a-001.dsse.json"))).toBe(false);

    chmodSync(key("ceo"), 0o644);
    const open = letter("sign", "--key", key("ceo"), "--yes");
    expect(open.status).toBe(2);
    oneLine(open.stderr);
    chmodSync(key("ceo"), 0o600);

    for (const role of ["ceo", "code"]) {
      const { status, stdout } = letter("sign", "--key", key(role), "--yes");
      expect(status).toBe(0);
      // All of it is shown before it is signed.
      expect(stdout).toContain(text.split("\n").find((line) => line !== "") ?? "no line");
      expect(letter("verify").status).toBe(1);
    }
    const twice = letter("sign", "--key", key("code"), "--yes");
    expect(twice.status).toBe(1);
    expect(twice.stderr).toMatch(/signature of this key \(code\) already/);
    expect(letter("sign", "--key", key("lead-security"), "--yes").status).toBe(0);

    const holds = letter("verify");
    expect([holds.status, holds.stderr]).toEqual([0, ""]);
    expect(letter("verify", "--at", "2020-01-01T00:00:00Z").status).toBe(1);
    expect(letter("show").stdout).toContain("ceo");

    // A word of what people read; the list of who may sign; the envelope itself.
    writeFileSync(inStack("letters", "fase-a-001.md"), text.replace("GO", "Go"));
    expect(letter("verify").status).toBe(1);
    writeFileSync(inStack("letters", "fase-a-001.md"), text);
    writeFileSync(inStack("roles.json"), JSON.stringify(entries, undefined, 2));
    expect(letter("verify").status).toBe(1);
    writeFileSync(inStack("roles.json"), "[{");
    const unread = letter("verify");
    expect(unread.status).toBe(2);
    oneLine(unread.stderr);
    writeFileSync(inStack("roles.json"), JSON.stringify(entries));
    expect(letter("verify").status).toBe(0);
    writeFileSync(inStack("letters", "fase-a-001.dsse.json"), "{}");
    const corrupt = letter("verify");
    expect(corrupt.status).toBe(2);
    expect(corrupt.stderr).toContain("fase-a-001.dsse.json");
    oneLine(corrupt.stderr);
  }, 180_000);

  it("drafts nothing of a source that is no commit's, and leaves nothing half-written", () => {
    rmSync(inStack("letters"), { recursive: true, force: true });
    mkdirSync(inStack("letters"));
    writeFileSync(join(copy.folder, "pins.json"), "{}\n");
    const { status, stderr } = letter("draft", "--decision", "NO-GO", "--informe", "informe-a.html");
    expect(status).toBe(1);
    expect(stderr).toMatch(/changes in pins\.json/);
    oneLine(stderr);
    expect(readdirSync(inStack("letters"))).toEqual([]);
  }, 60_000);
});
