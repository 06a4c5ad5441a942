import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { markerOf, MAX_COMMENT_BYTES } from "../cli/preview/comment";
import { readPins, UNPINNED } from "../infra/pins/pins";

const root = path.join(__dirname, "..");
const folder = path.join(root, ".github", "workflows");
const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly name?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly concurrency: { readonly group: string };
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const textOf = (file: string): string => readFileSync(path.join(folder, file), "utf8");
const workflowOf = (file: string): Workflow => parse(textOf(file)) as Workflow;
const jobsOf = (file: string): readonly Job[] => Object.values(workflowOf(file).jobs);
const stepsOf = (file: string): readonly Step[] => jobsOf(file).flatMap(({ steps = [] }) => steps);

const REVIEWED = "${{ github.event_name == 'push' && github.ref_protected }}";
/** Whose credentials are given in which place; who is let in, the environment's own rules say (docs/pull-request.md). */
const ENVIRONMENTS = [
  // Never to somebody else's copy of the repository.
  {
    environment: "staging-preview",
    if: "${{ github.event.pull_request.head.repo.full_name == github.repository }}",
  },
  { environment: "staging", if: REVIEWED },
  // Never to the default branch, which no ruleset of ours holds.
  {
    environment: "staging-drift",
    if: "${{ github.ref == 'refs/heads/hardening/fase-b' && github.ref_protected }}",
  },
];

describe.each(files)("the workflow %s", (file) => {
  it("runs no action but those that are pinned, at the commit that is pinned, with the version beside it", () => {
    const { actions } = readPins(root);
    const used = [...textOf(file).matchAll(/^\s*(?:-\s+)?uses:\s*(.+)$/gm)].map(([, what = ""]) => what);
    const expected = Object.entries(actions)
      .filter(([, { commit }]) => commit !== UNPINNED)
      .map(([name, { commit, version }]) => `${name}@${commit} # ${version}`);
    expect(used.length).toBe(
      [...stepsOf(file), ...jobsOf(file)].filter(({ uses }) => uses !== undefined).length,
    );
    expect(used.length).toBeGreaterThan(0);
    for (const what of used) expect(expected).toContain(what);
  });

  it("may do nothing by itself, and lets each job do no more than it says", () => {
    expect(workflowOf(file).permissions).toEqual({});
    for (const { permissions = { everything: "write" } } of jobsOf(file)) {
      const writing = Object.entries(permissions).filter(([, right]) => right !== "read" && right !== "none");
      for (const [what] of writing)
        expect(["id-token", "attestations", "pull-requests", "actions"]).toContain(what);
    }
  });

  it("gives who may ask for credentials a place that lets them in: what reviewers let in, or an environment", () => {
    const asking = jobsOf(file).filter(({ permissions = {} }) => "id-token" in permissions);
    for (const job of asking)
      expect([{ if: REVIEWED }, ...ENVIRONMENTS]).toContainEqual({
        ...(job.if === undefined ? {} : { if: job.if }),
        ...(job.environment === undefined ? {} : { environment: job.environment }),
      });
  });

  it("lets who may write to a pull request, or begin a run, run nothing of the repository", () => {
    const writing = jobsOf(file).filter(({ permissions = {} }) =>
      ["pull-requests", "actions"].some((what) => permissions[what] === "write"),
    );
    for (const { permissions = {}, steps = [] } of writing) {
      expect(Object.keys(permissions)).toHaveLength(1);
      for (const { uses = "", run = "" } of steps) {
        expect(uses).not.toContain("checkout");
        expect(run).not.toMatch(/\b(npm|npx|node|source|bash|sh)\b/);
      }
    }
  });

  it("runs commands of ours that there are", () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const called = stepsOf(file).flatMap(({ run = "" }) =>
      [...run.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("leaves no credentials behind, and puts no text from outside into a command", () => {
    const checkouts = stepsOf(file).filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
    for (const { with: given = {} } of checkouts) expect(given["persist-credentials"]).toBe(false);
    for (const { run = "" } of stepsOf(file)) expect(run).not.toContain("${{");
  });

  it("is never run with the repository's rights for somebody else's change, and ends", () => {
    expect(Object.keys(workflowOf(file).on)).not.toContain("pull_request_target");
    for (const job of jobsOf(file)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });
});

describe("pins of actions", () => {
  it("are of actions that a workflow runs", () => {
    const used = new Set(files.flatMap(stepsOf).map(({ uses = "" }) => uses.split("@")[0]));
    expect(Object.keys(readPins(root).actions).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe("the workflow of a pull request (B0.3)", () => {
  const { proofs, preview, comment } = workflowOf("pull-request.yml").jobs;
  const runs = (job: Job | undefined): readonly string[] =>
    (job?.steps ?? []).map(({ run = "" }) => run.trim());

  it("is of the work's branch, and runs the README's test command and the check", () => {
    expect(workflowOf("pull-request.yml").on).toEqual({ pull_request: { branches: ["hardening/fase-b"] } });
    expect(runs(proofs)).toContain("npm test");
    expect(runs(proofs)).toContain("npm run --silent check");
    expect(proofs?.permissions).toEqual({ contents: "read" });
  });

  it("gives credentials after the proofs, and to two steps alone", () => {
    expect(preview).toMatchObject({ needs: "proofs" });
    const secret = (preview?.steps ?? []).filter((step) => JSON.stringify(step).includes("secrets."));
    expect(secret.map(({ run }) => run)).toEqual(["npm run --silent deploy -- plan --out .build/reviewed"]);
  });

  it("comments whatever became of the preview, also that there was none, and not for somebody else's copy", () => {
    expect(comment?.if).toBe(
      "${{ !cancelled() && github.event.pull_request.head.repo.full_name == github.repository }}",
    );
    const [download] = comment?.steps ?? [];
    expect(download).toMatchObject({ "continue-on-error": true, with: { name: "comment" } });
  });
});

describe("the update of staging (B0.3)", () => {
  it("is by the reviewed plan, through the command that compares the source and judges, and never without a preview", () => {
    const steps = stepsOf("staging.yml").map(({ run = "" }) => run);
    expect(steps.at(-1)).toBe("npm run --silent deploy -- up --yes --reviewed .build/reviewed");
    for (const file of files) {
      expect(textOf(file)).not.toMatch(/skip-preview|pulumi (up|update|destroy|refresh)\b/);
      expect(textOf(file)).not.toContain("secrets: inherit");
    }
  });

  it("is one at a time, and never cut off", () => {
    expect(workflowOf("staging.yml")).toMatchObject({
      concurrency: { group: "staging", "cancel-in-progress": false },
    });
    const others = files
      .filter((file) => file !== "staging.yml")
      .map((file) => workflowOf(file).concurrency.group);
    expect(others).not.toContain("staging");
  });
});

describe("what runs by the clock", () => {
  const crons = (file: string): readonly string[] =>
    ((workflowOf(file).on["schedule"] ?? []) as readonly { readonly cron: string }[]).map(({ cron }) => cron);
  /** The hours in Madrid at which a line's runs begin on a day. */
  const hoursOf = (cron: string, day: string): readonly number[] =>
    (cron.split(" ")[1] ?? "")
      .split(",")
      .map((hour) => new Date(`${day}T${hour.padStart(2, "0")}:00:00Z`))
      .map((at) =>
        Number(
          new Intl.DateTimeFormat("en", {
            timeZone: "Europe/Madrid",
            hour: "numeric",
            hourCycle: "h23",
          }).format(at),
        ),
      );

  it.each([
    ["2026-07-15", "+0200", "0 11,16 * * *"],
    ["2026-12-15", "+0100", "0 12,17 * * *"],
  ])("makes the status at 13:00 and 18:00 in Madrid on %s, and once (B7.7)", (day, offset, cron) => {
    expect(crons("status.yml")).toHaveLength(2);
    const right = crons("status.yml").filter((line) => runStatus(line, offset).calls.length === 1);
    expect(right).toEqual([cron]);
    expect(hoursOf(cron, day)).toEqual([13, 18]);
  });

  it("makes it by hand whenever it is asked to, and takes a draft, but no mistake, for a status", () => {
    expect(runStatus("", "+0100")).toEqual({ status: 0, calls: ["run --silent message -- status"] });
    expect(runStatus("", "+0200", 1).status).toBe(0);
    expect(runStatus("", "+0200", 2).status).not.toBe(0);
  });

  /** The one step, with a clock and an `npm` that stand in. */
  function runStatus(schedule: string, offset: string, ends = 0) {
    const folder = mkdtempSync(path.join(tmpdir(), "status-"));
    try {
      const tool = (name: string, text: string): void =>
        writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      tool("date", `echo '${offset}'`);
      tool("npm", `echo "$*" >> '${folder}/calls'; exit ${ends}`);
      writeFileSync(path.join(folder, "calls"), "");
      const { status } = spawnSync(
        "bash",
        ["--noprofile", "--norc", "-e", "-c", stepsOf("status.yml").at(-1)?.run ?? ""],
        {
          env: {
            PATH: `${folder}:${process.env["PATH"] ?? ""}`,
            SCHEDULE: schedule,
            GITHUB_STEP_SUMMARY: path.join(folder, "summary"),
          },
        },
      );
      const calls = readFileSync(path.join(folder, "calls"), "utf8")
        .split("\n")
        .filter((line) => line !== "");
      return { status, calls };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it("looks for drift where two have reviewed what runs, whichever branch the clock is of", () => {
    const { begin } = workflowOf("drift.yml").jobs;
    expect(begin?.if).toBe("${{ github.ref != 'refs/heads/hardening/fase-b' }}");
    expect(begin?.steps?.map(({ run }) => run)).toEqual([
      'gh workflow run drift.yml --repo "$GITHUB_REPOSITORY" --ref hardening/fase-b',
    ]);
    expect(Object.keys(workflowOf("drift.yml").on)).toContain("workflow_dispatch");
  });

  it("looks for drift every night", () => {
    expect(crons("drift.yml").map((cron) => hoursOf(cron, "2026-12-15"))).toEqual([[3]]);
    expect(stepsOf("drift.yml").map(({ run }) => run)).toContain("npm run --silent drift");
  });

  it("looks every night, also where there is drift, whether the gateway could go back, by the whole history (B7.4)", () => {
    const steps = stepsOf("drift.yml");
    expect(steps.find(({ run }) => run === "npm run --silent rollback -- check")).toMatchObject({
      if: "${{ !cancelled() }}",
    });
    expect(steps.find(({ uses }) => uses?.startsWith("actions/checkout@"))?.with?.["fetch-depth"]).toBe(0);
  });
});

describe("steps that talk to GitHub, with a stand-in for it", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "workflow-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the one step as the runner does; `gh` writes down what it is asked, and answers what the test says. */
  function runStep(file: string, name: string, answers: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { run = "" } = stepsOf(file).find((step) => step.name === name) ?? {};
    answers.forEach((answer, index) => writeFileSync(path.join(folder, `answer-${index + 1}`), answer));
    writeFileSync(
      path.join(folder, "gh"),
      [
        "#!/bin/sh",
        `cd '${folder}'`,
        `printf '%s\\n' "$*" | tr '\\n' ' ' >> calls; echo >> calls`,
        `cat "answer-$(wc -l < calls | tr -d ' ')" 2>/dev/null || true`,
      ].join("\n"),
      { mode: 0o755 },
    );
    const outputs = path.join(folder, "outputs");
    writeFileSync(outputs, "");
    const { status, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-e", "-c", run], {
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        GITHUB_REPOSITORY: "example-org/fase-b",
        GITHUB_SHA: "c".repeat(40),
        GITHUB_OUTPUT: outputs,
        ...env,
      },
    });
    const calls = readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n");
    return { status, stderr, calls, outputs: readFileSync(outputs, "utf8") };
  }

  const COMMENT = "one comment, made or made anew";
  const PULL = {
    PULL_REQUEST: "12",
    HEAD_SHA: "e".repeat(40),
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: "5",
  };
  const OWN = `Of ${"e".repeat(40)}, by [this run](https://github.com/example-org/fase-b/actions/runs/5) of the pull request's own code.`;
  const body = (): readonly string[] => readFileSync(path.join(folder, "body.md"), "utf8").split("\n");

  it("say of which commit a comment is, before what the pull request's own code says", () => {
    writeFileSync(path.join(folder, "comment.md"), `<!-- another marker\n\n## Preview\n`);
    expect(runStep("pull-request.yml", COMMENT, [""], PULL).status).toBe(0);
    expect(body()).toEqual([markerOf("staging"), "", OWN, "", "", "## Preview", ""]);
  });

  it.each([
    ["none", undefined],
    ["one that GitHub would not take", "x".repeat(65_001)],
  ])("comment that there is no preview where there is %s", (_what, text) => {
    if (text !== undefined) writeFileSync(path.join(folder, "comment.md"), text);
    expect(runStep("pull-request.yml", COMMENT, ["77\n"], PULL)).toMatchObject({ status: 0 });
    expect(body()).toEqual([
      markerOf("staging"),
      "",
      OWN,
      "",
      "## ✗ Preview of `staging`: there is none",
      "",
      "The run says why.",
      "",
    ]);
  });

  it("leave room in a comment for the workflow's own line", () => {
    expect(MAX_COMMENT_BYTES).toBeLessThanOrEqual(65_000);
    expect(`${markerOf("staging")}\n\n${OWN}\n\n`.length + 150 + MAX_COMMENT_BYTES).toBeLessThan(65_536);
  });

  it("make the comment where there is none", () => {
    const { status, calls } = runStep("pull-request.yml", COMMENT, [""], PULL);
    expect([status, calls.length]).toEqual([0, 2]);
    expect(calls[0]).toContain("repos/example-org/fase-b/issues/12/comments?per_page=100");
    expect(calls[1]).toContain("--method POST repos/example-org/fase-b/issues/12/comments -F body=@body.md");
  });

  it("make anew the one that is there, the first of several, and never a second", () => {
    const { status, calls } = runStep("pull-request.yml", COMMENT, ["77\n78\n"], PULL);
    expect([status, calls.length]).toEqual([0, 2]);
    expect(calls[1]).toContain("--method PATCH repos/example-org/fase-b/issues/comments/77 -F body=@body.md");
  });

  it("know the comment by its marker, and by who wrote it", () => {
    const { calls } = runStep("pull-request.yml", COMMENT, [""], PULL);
    expect(calls[0]).toContain(`.user.login == "github-actions[bot]"`);
    expect(calls[0]).toContain(`startswith("${markerOf("staging")}")`);
  });

  const REVIEWED_RUN = "which run previewed what was merged";

  it("find the run that previewed what was merged", () => {
    const { status, calls, outputs } = runStep("staging.yml", REVIEWED_RUN, ["d".repeat(40), "4711"]);
    expect([status, outputs]).toEqual([0, "run=4711\n"]);
    expect(calls[1]).toContain(
      `actions/workflows/pull-request.yml/runs?head_sha=${"d".repeat(40)}&event=pull_request&status=success`,
    );
    expect(calls[1]).toContain("select(.head_repository.full_name == env.GITHUB_REPOSITORY)");
  });

  it("update nothing that no pull request brought, or whose preview did not go through", () => {
    const unbrought = runStep("staging.yml", REVIEWED_RUN, [""]);
    expect(unbrought).toMatchObject({ status: 1, outputs: "" });
    expect(unbrought.stderr).toMatch(
      /^the update: got c{40}, which no pull request brought; allowed: .*; fix: .*\n$/,
    );
    rmSync(path.join(folder, "calls"));
    expect(runStep("staging.yml", REVIEWED_RUN, ["d".repeat(40), ""])).toMatchObject({
      status: 1,
      outputs: "",
    });
  });
});
