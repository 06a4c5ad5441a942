import { describe, expect, it } from "vitest";
import { previewMarkdown } from "./markdown";
import { resultOf, smallResult, stackStep } from "./testing";
import { judgedPacks } from "./view";

const document = previewMarkdown(smallResult, judgedPacks(smallResult));

/** The part under a heading. */
const section = (title: string): string => {
  const [, after = ""] = document.split(`\n## ${title}\n\n`);
  return after.split("\n## ")[0]?.trimEnd() ?? "";
};

const golden = ([text = ""]: TemplateStringsArray): string => text.trim();

describe("the document for reviewers", () => {
  it("begins with the totals", () => {
    expect(document.split("\n## ")[0]?.trimEnd()).toBe(
      [
        "# Preview of stack `staging`",
        "",
        "Made by `npm run preview -- --write` from the program and its settings; do not edit. An empty account would get this.",
        "",
        "| What | How many |",
        "| --- | --- |",
        "| Resources to create | 6 |",
        "| Policies | 1 violated, 1 advisory, 1 passed, 1 not applicable, 1 disabled |",
        "| Certificates | 1 to issue, 1 existing; 2 domains, 1 with mutual TLS |",
      ].join("\n"),
    );
  });

  it("lists the components with their clauses, and each clause with who serves and who judges it", () => {
    expect(section("Components").split("\n").slice(2)).toEqual([
      "| `fase-b:index:Gateway` | 1 | B1.6, B4.1 | 3 | `gateway` |",
    ]);
    expect(section("Clauses").split("\n").slice(2, 4)).toEqual([
      "| B1.6 | Full correlation by `X-Correlation-Id` and the internal `request_id`. | `gateway` |  |",
      "| B4.1 | Monthly quotas per `client_id`. | `gateway` | `api-limits-rate` |",
    ]);
  });

  it("lists violations, verdicts, and domains with their certificates", () => {
    expect(section("Violations").split("\n")[2]).toBe(
      "| mandatory | `api-limits-rate` | `urn:pulumi:staging::small::aws:apigateway/restApi:RestApi::gateway-api` | no limit is set;<br>expected one of at most 100 |",
    );
    expect(section("Policies")).toContain(
      "| `key-rotates` | high | mandatory | B6.1 | not applicable: the stack has no keys |",
    );
    expect(section("Certificates and domains").split("\n").slice(2)).toEqual([
      "| `chat.example.com` | HTTP | to issue: `chat-certificate` | yes | `TLS_1_2` |",
      "| `voice.example.com` | WebSocket | existing: `arn:aws:acm:eu-west-1:123456789012:certificate/1` | no | `TLS_1_2` |",
    ]);
  });

  it("ends with the stack's outputs and the tree", () => {
    expect(section("Stack outputs")).toBe(
      [
        "```text",
        "apiId: [unknown]",
        "domains:",
        '  chat: "chat.example.com"',
        "none: []",
        "token: [secret]",
        "```",
      ].join("\n"),
    );
    expect(section("Resources")).toContain(golden`
 + ├─ fase-b:index:Gateway          gateway           create  B1.6 B4.1
 + │  ├─ aws:acm:Certificate        chat-certificate  create
`);
    expect(document.endsWith("\n```\n\n</details>\n")).toBe(true);
  });

  it("does not depend on how long the preview took", () => {
    const slower = { ...smallResult, durationMs: 99_999 };
    expect(previewMarkdown(slower, judgedPacks(slower))).toBe(document);
  });

  it("lets no message break a table, a fence or the page", () => {
    const [pack] = smallResult.packs;
    const violation = {
      pack: "p",
      policy: "bad|name",
      enforcementLevel: "mandatory",
      severity: "low",
      message: "a|b <script>\n`x`",
    } as const;
    const result = resultOf([stackStep], {
      outputs: { text: "````" },
      packs: pack === undefined ? [] : [{ ...pack, violations: [violation] }],
    });
    const text = previewMarkdown(result, judgedPacks(result));
    expect(text).toContain(
      "| mandatory | `bad\\|name` | the stack as a whole | a\\|b \\<script\\><br>\\`x\\` |",
    );
    expect(text).toContain('`````text\ntext: "````"\n`````');
  });
});
