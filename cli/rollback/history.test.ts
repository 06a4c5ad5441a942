import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { committedIn } from "./committed";
import { creatorsIn, RepositoryHistory, type RunProgram } from "./history";
import { DIGESTS } from "./testSupport";

const place = { stack: "staging", region: "eu-west-1", restApiId: "api1" };
let repository: string;
const commits: string[] = [];

const git = (...args: readonly string[]): string =>
  execFileSync("git", args, {
    cwd: repository,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      PATH: process.env["PATH"],
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "test",
      GIT_AUTHOR_EMAIL: "test@example.com",
      GIT_COMMITTER_NAME: "test",
      GIT_COMMITTER_EMAIL: "test@example.com",
    },
  }).trim();

const withGit: RunProgram = (file, args, cwd) => {
  if (file !== "git") return Promise.resolve(undefined);
  try {
    return Promise.resolve({
      status: 0,
      stdout: execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    });
  } catch {
    return Promise.resolve({ status: 1, stdout: "" });
  }
};

const preview = (digest: string): string =>
  JSON.stringify({
    steps: [
      {
        newState: {
          type: "aws:apigateway/deployment:Deployment",
          inputs: { description: `model sha256:${digest}` },
        },
      },
    ],
  });

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "rollback-history-"));
  git("init", "--quiet");
  mkdirSync(join(repository, "stacks", "staging"), { recursive: true });
  // The model of the first commit comes again in the last.
  for (const [at, digest] of [DIGESTS.a, DIGESTS.a, DIGESTS.b, DIGESTS.a].entries()) {
    writeFileSync(join(repository, "stacks", "staging", "preview.json"), preview(digest));
    writeFileSync(join(repository, "other"), String(at));
    git("add", "-A");
    git("commit", "--quiet", "-m", `commit ${at}`);
    commits.push(git("rev-parse", "HEAD"));
  }
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

describe("the commit of a deployment", () => {
  it("is the first whose committed preview has its model", async () => {
    const history = new RepositoryHistory({ ...place, projectDir: repository }, withGit);
    expect(await history.commitOf(DIGESTS.a)).toEqual({ known: true, value: commits[0] });
    expect(await history.commitOf(DIGESTS.b)).toEqual({ known: true, value: commits[2] });
  });

  it("is unknown, with why, where none has it, or there is no repository or no git", async () => {
    const history = new RepositoryHistory({ ...place, projectDir: repository }, withGit);
    expect(await history.commitOf(DIGESTS.c)).toEqual({ known: false, because: "in no committed preview" });
    const elsewhere = new RepositoryHistory({ ...place, projectDir: tmpdir() }, withGit);
    expect(await elsewhere.commitOf(DIGESTS.a)).toMatchObject({ known: false });
    const without = new RepositoryHistory({ ...place, projectDir: repository }, () =>
      Promise.resolve(undefined),
    );
    expect(await without.commitOf(DIGESTS.a)).toEqual({ known: false, because: "no git, or no repository" });
  });

  it("is not said to be none where the clone is shallow", async () => {
    const clone = join(repository, "clone");
    git("clone", "--quiet", "--depth", "1", `file://${repository}`, clone);
    const history = new RepositoryHistory({ ...place, projectDir: clone }, withGit);
    expect(await history.commitOf(DIGESTS.b)).toEqual({ known: false, because: "not in this shallow clone" });
  });

  it("leads to what the program declared that day", async () => {
    const history = new RepositoryHistory({ ...place, projectDir: repository }, withGit);
    expect(await history.committed(commits[0] ?? "")).toMatchObject({ known: true });
    expect(await history.committed("0".repeat(40))).toMatchObject({ known: false });
  });
});

describe("the committed preview of this project", () => {
  const committed = committedIn(
    readFileSync(join(__dirname, "..", "..", "stacks", "staging", "preview.json"), "utf8"),
  );

  it("says plans, throttles, web ACL, authorizer and truststores, so that a rollback can compare them", () => {
    expect(committed?.plans.get("fase-b-staging-web-app")).toMatchObject({
      quota: expect.stringMatching(/^\d+ a MONTH$/) as unknown,
      throttles: expect.anything() as unknown,
    });
    expect([...(committed?.plans.get("fase-b-staging-web-app")?.throttles.keys() ?? [])]).toContain(
      "POST /chat",
    );
    expect([...(committed?.throttles.keys() ?? [])]).toEqual(
      expect.arrayContaining(["* *", "POST /chat", "POST /realtime-voice/tickets"]),
    );
    expect(committed?.webAcl).toMatch(/^fase-b-staging/);
    expect(committed?.authorizers).toEqual([
      expect.stringMatching(/\(request, fase-b-staging-authorizer:live, believed 0 s\)$/),
    ]);
    expect(committed?.truststores.get("chat-03.staging.example.com")).toMatch(/^s3:\/\//);
  });
});

describe("who made a deployment", () => {
  const event = (record: object): object => ({ CloudTrailEvent: JSON.stringify(record) });
  const made = {
    requestParameters: { restApiId: "api1" },
    responseElements: { id: "a" },
    userIdentity: { arn: "arn:aws:sts::123456789012:assumed-role/deployer/session" },
  };

  it("is whom the trail names, of this API alone", () => {
    const text = JSON.stringify({
      Events: [
        event(made),
        event({ ...made, requestParameters: { restApiId: "other" }, responseElements: { id: "x" } }),
        event({ requestParameters: { restApiId: "api1" }, errorCode: "AccessDenied" }),
        { CloudTrailEvent: "{" },
      ],
    });
    expect([...(creatorsIn(text, "api1") ?? [])]).toEqual([["a", "assumed-role/deployer/session"]]);
    expect(creatorsIn("no JSON", "api1")).toBeUndefined();
  });

  it.each<[string, Awaited<ReturnType<RunProgram>>, string]>([
    ["there is no aws CLI", undefined, "no aws CLI to ask CloudTrail by"],
    [
      "the trail may not be asked",
      { status: 254, stdout: "" },
      "CloudTrail gave no answer: cloudtrail:LookupEvents",
    ],
    ["the answer is none", { status: 0, stdout: "?" }, "CloudTrail's answer could not be read"],
  ])("is unknown where %s", async (_, answer, because) => {
    const history = new RepositoryHistory({ ...place, projectDir: repository }, () =>
      Promise.resolve(answer),
    );
    expect(await history.creators()).toEqual({ known: false, because });
  });
});
