import { describe, expect, it } from "vitest";
import { exitCodes } from "../outcome";
import { UsageError } from "../usageError";
import { help, reviewsCommand } from "./command";

const HEAD = "a".repeat(40);
const OLD = "b".repeat(40);
const env = { REVIEWERS_LEAD: "lead-1, Lead-2 both", REVIEWERS_QA_SEC: "qa-1\nqa-2,both" };

type Vote = readonly [user: string, state: string, commit?: string];
const reviewsOf = (votes: readonly Vote[]): object[] =>
  votes.map(([login, state, commit_id = HEAD]) => ({ user: { login }, state, commit_id }));

function run(votes: readonly Vote[] | string, others: { author?: string; env?: NodeJS.ProcessEnv } = {}) {
  let text = "";
  const files: Readonly<Record<string, string>> = {
    "pull.json": JSON.stringify({ user: { login: others.author ?? "author" }, head: { sha: HEAD } }),
    "reviews.json": typeof votes === "string" ? votes : JSON.stringify(reviewsOf(votes)),
  };
  const status = reviewsCommand(["--pull", "pull.json", "--reviews", "reviews.json"], {
    env: others.env ?? env,
    stdout: { write: (part) => void (text += part) },
    readFile: (path) => files[path] ?? "",
  });
  return { status, lines: text.trimEnd().split("\n") };
}

describe("a pull request (B0.3)", () => {
  it("has its two reviews when one of Lead and one of QA Sec approved its last commit", () => {
    expect(
      run([
        ["lead-1", "APPROVED"],
        ["qa-2", "APPROVED"],
      ]),
    ).toEqual({
      status: exitCodes.ok,
      lines: ["Lead: lead-1", "QA Sec: qa-2"],
    });
  });

  const refused: readonly (readonly [string, readonly Vote[], RegExp])[] = [
    ["nobody approved", [], /^Lead: got no approval; allowed: one of the last commit/],
    [
      "two of Lead did",
      [
        ["lead-1", "APPROVED"],
        ["lead-2", "APPROVED"],
      ],
      /^QA Sec: got no approval/,
    ],
    [
      "two of QA Sec did",
      [
        ["qa-1", "APPROVED"],
        ["qa-2", "APPROVED"],
      ],
      /^Lead: got no approval/,
    ],
    [
      "two strangers did",
      [
        ["x", "APPROVED"],
        ["y", "APPROVED"],
      ],
      /^Lead: got no approval/,
    ],
    [
      "one did who is in both",
      [["both", "APPROVED"]],
      /^Lead and QA Sec: got both for both; allowed: two persons/,
    ],
    [
      "one looked at an earlier commit",
      [
        ["lead-1", "APPROVED", OLD],
        ["qa-1", "APPROVED"],
      ],
      /^Lead: got an approval of an earlier commit/,
    ],
    [
      "one remarked only",
      [
        ["lead-1", "COMMENTED"],
        ["qa-1", "APPROVED"],
      ],
      /^Lead: got no approval/,
    ],
    [
      "one approval was dismissed",
      [
        ["lead-1", "APPROVED"],
        ["lead-1", "DISMISSED"],
        ["qa-1", "APPROVED"],
      ],
      /^Lead: got no approval/,
    ],
    [
      "one changed its mind",
      [
        ["lead-1", "APPROVED"],
        ["qa-1", "APPROVED"],
        ["lead-1", "CHANGES_REQUESTED"],
      ],
      /^Lead: got no approval/,
    ],
    [
      "a third member asks for changes",
      [
        ["lead-1", "APPROVED"],
        ["qa-1", "APPROVED"],
        ["lead-2", "CHANGES_REQUESTED", OLD],
      ],
      /^lead-2: got changes requested/,
    ],
  ];
  it.each(refused)("lacks them when %s", (_what, votes, line) => {
    const { status, lines } = run(votes);
    expect(status).toBe(exitCodes.refused);
    expect(lines.filter((one) => line.test(one))).toHaveLength(1);
  });

  it("is not approved by its own author, whatever list that is in", () => {
    const votes: readonly Vote[] = [
      ["lead-1", "APPROVED"],
      ["qa-1", "APPROVED"],
    ];
    expect(run(votes, { author: "LEAD-1" }).status).toBe(exitCodes.refused);
    expect(run(votes, { author: "qa-1" }).status).toBe(exitCodes.refused);
  });

  it("keeps an approval that a remark follows, and knows a login in any case", () => {
    expect(
      run([
        ["LEAD-2", "APPROVED"],
        ["lead-2", "COMMENTED"],
        ["QA-1", "APPROVED"],
      ]).status,
    ).toBe(exitCodes.ok);
  });

  it("is approved by who is in both lists and one more of either", () => {
    expect(
      run([
        ["both", "APPROVED"],
        ["lead-1", "APPROVED"],
      ]).lines,
    ).toEqual(["Lead: lead-1", "QA Sec: both"]);
    expect(
      run([
        ["both", "APPROVED"],
        ["qa-1", "APPROVED"],
      ]).lines,
    ).toEqual(["Lead: both", "QA Sec: qa-1"]);
  });

  it("lets a stranger neither approve nor stop it", () => {
    const votes: readonly Vote[] = [
      ["lead-1", "APPROVED"],
      ["qa-1", "APPROVED"],
      ["x", "CHANGES_REQUESTED"],
    ];
    expect(run(votes).status).toBe(exitCodes.ok);
  });

  it("is read from one page or from several", () => {
    const pages = [reviewsOf([["lead-1", "APPROVED"]]), reviewsOf([["qa-1", "APPROVED"]])];
    expect(run(JSON.stringify(pages)).status).toBe(exitCodes.ok);
  });

  it.each([
    ["no list", "{}", env, /^--reviews: got no list of reviews/],
    ["a review that says nothing", "[{}]", env, /^--reviews: got no list of reviews/],
    ["no JSON", "<html>", env, /^--reviews: got reviews\.json, which can't be read \(no JSON\)/],
    [
      "an empty list of members",
      "[]",
      { ...env, REVIEWERS_QA_SEC: " " },
      /^REVIEWERS_QA_SEC: got nobody; allowed: logins of QA Sec/,
    ],
    [
      "a member that is none",
      "[]",
      { ...env, REVIEWERS_LEAD: "@org/team" },
      /^REVIEWERS_LEAD: got "@org\/team"/,
    ],
  ])("is judged by nothing that is wrong: %s", (_what, text, members, message) => {
    expect(() => run(text, { env: members })).toThrow(UsageError);
    expect(() => run(text, { env: members })).toThrow(message);
  });

  it("is explained by --help", () => {
    let text = "";
    reviewsCommand(["-h"], { env: {}, stdout: { write: (part) => void (text += part) }, readFile: () => "" });
    expect(text).toBe(help);
  });
});
