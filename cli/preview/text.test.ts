import { describe, expect, it } from "vitest";
import { ansiStyle, plainStyle } from "../style";
import { compare, previewJson, type Comparison } from "./committed";
import type { PreviewResult, Violation } from "./model";
import { resultOf, smallResult, stackStep, stepOf } from "./testing";
import {
  changesSection,
  diagnosticsSection,
  outputsSection,
  policiesSection,
  summaryLine,
  totalsSection,
  treeSection,
  violationsSection,
  type TextOptions,
} from "./text";
import { judgedPacks } from "./view";

const plain: TextOptions = { style: plainStyle, columns: undefined, diff: false };
const packs = judgedPacks(smallResult);

/** The text from its second line on, so that a golden text can begin in a line of its own. */
const golden = ([text = ""]: TemplateStringsArray): string => text.replace(/^\n/, "");

const comparisonOf = (before: PreviewResult, after: PreviewResult): Comparison =>
  compare(
    { json: previewJson(before, judgedPacks(before)) },
    { json: previewJson(after, judgedPacks(after)) },
    "staging",
  );

describe("the tree", () => {
  it("shows what is created by component, with the clauses that each serves", () => {
    expect(treeSection(smallResult, plain)).toBe(golden`
   Type                             Name              Plan    Clauses
 + pulumi:pulumi:Stack              small-staging     create
 + ├─ fase-b:index:Gateway          gateway           create  B1.6 B4.1
 + │  ├─ aws:acm:Certificate        chat-certificate  create
 + │  ├─ aws:apigateway:DomainName  chat-domain       create
 + │  └─ aws:apigateway:RestApi     gateway-api       create
 + └─ aws:apigatewayv2:DomainName   voice-domain      create
`);
  });

  it("gives up columns where they do not fit a terminal, and cuts only what is too long even so", () => {
    expect(treeSection(smallResult, { ...plain, columns: 60 })).toBe(golden`
   Type Name Plan Clauses
 + pulumi:pulumi:Stack small-staging create
 + ├─ fase-b:index:Gateway gateway create B1.6 B4.1
 + │  ├─ aws:acm:Certificate chat-certificate create
 + │  ├─ aws:apigateway:DomainName chat-domain create
 + │  └─ aws:apigateway:RestApi gateway-api create
 + └─ aws:apigatewayv2:DomainName voice-domain create
`);
    expect(treeSection(smallResult, { ...plain, columns: 30 })).toContain(" + ├─ fase-b:index:Gateway ga…\n");
  });

  it("paints the sign and the clauses on a terminal", () => {
    expect(treeSection(smallResult, { ...plain, style: ansiStyle })).toContain(
      "\u001b[32m +\u001b[39m ├─ fase-b:index:Gateway          gateway           create  \u001b[36mB1.6 B4.1\u001b[39m\n",
    );
  });

  it("shows a resource whose parent is not among the resources below the stack", () => {
    const lost = stepOf("aws:x:Key", "lost", {}, { parent: "urn:elsewhere" });
    expect(treeSection(resultOf([stackStep, lost]), plain)).toContain(" + └─ aws:x:Key");
  });

  it("is the same in whatever order the resources were registered", () => {
    const reversed = resultOf([...smallResult.digest.steps].reverse());
    expect(treeSection(reversed, plain)).toBe(treeSection(smallResult, plain));
  });
});

describe("the policies", () => {
  it("stand with severity, level, clauses and verdict", () => {
    expect(policiesSection(packs, plain)).toBe(golden`
Policies
  small-pack 1.0.0: 5 policies
    ✗ api-limits-rate   high      mandatory  B4.1       violated 1
    ✓ domain-wants-tls  critical  mandatory  B5.1 B8.4  passed
    - key-rotates       high      mandatory  B6.1       not applicable: the stack has no keys
    ! name-is-short     low       advisory              advisory 1
    - switched-off      high      disabled              disabled
`);
  });

  it("say what is violated in full", () => {
    expect(violationsSection(packs, { ...plain, columns: 20 })).toBe(golden`
Violations
  mandatory api-limits-rate (small-pack 1.0.0): high B4.1
      urn:pulumi:staging::small::aws:apigateway/restApi:RestApi::gateway-api
      no limit is set;
      expected one of at most 100
      Fix: Set a limit.
      See: https://example.com/limits
  advisory name-is-short (small-pack 1.0.0): low
      the stack as a whole
      the names are long
      Fix: Set a limit.
      See: https://example.com/limits
`);
  });

  it("say once what several violations of a policy about one thing share", () => {
    const [pack] = smallResult.packs;
    const [violation] = pack?.violations ?? [];
    if (!pack || !violation) throw new Error("no violation");
    const { urn, ...ofStack } = violation;
    expect(urn).toBeDefined();
    const policies = pack.policies.map((one) => ({ ...one, description: "Limits are set." }));
    const say = (...violations: readonly Violation[]): string =>
      violationsSection(judgedPacks(resultOf([], { packs: [{ ...pack, policies, violations }] })), plain);
    expect(
      say(
        { ...ofStack, message: "Limits are set.\ngot a" },
        { ...ofStack, message: "Limits are set.\ngot b" },
        { ...violation, message: "Limits are set.\ngot c" },
      ),
    ).toBe(golden`
Violations
  mandatory api-limits-rate (small-pack 1.0.0): high B4.1
      the stack as a whole
      Limits are set.
      got a
      got b
      Fix: Set a limit.
      See: https://example.com/limits
  mandatory api-limits-rate (small-pack 1.0.0): high B4.1
      urn:pulumi:staging::small::aws:apigateway/restApi:RestApi::gateway-api
      Limits are set.
      got c
      Fix: Set a limit.
      See: https://example.com/limits
`);
  });

  it("that read an unknown value count as advisory, whatever their level", () => {
    const [pack] = smallResult.packs;
    const weakened = (pack?.violations ?? []).map((violation) => ({
      ...violation,
      enforcementLevel: "advisory" as const,
    }));
    const result = resultOf([], { packs: pack === undefined ? [] : [{ ...pack, violations: weakened }] });
    expect(policiesSection(judgedPacks(result), plain)).toContain(
      "! api-limits-rate   high      mandatory  B4.1       advisory 1\n",
    );
  });

  it("pass when they exempt some resources, since they judged the others", () => {
    const [pack] = smallResult.packs;
    const notApplicable = [{ policy: "key-rotates", reason: "it is external", urn: "urn:key" }];
    const result = resultOf([], {
      packs: pack === undefined ? [] : [{ ...pack, violations: [], notApplicable }],
    });
    expect(policiesSection(judgedPacks(result), plain)).toContain(
      "✓ key-rotates       high      mandatory  B6.1       passed\n",
    );
  });
});

describe("the changes", () => {
  const policy = (action: string): string => JSON.stringify({ Statement: [{ Action: action }] });
  const before = resultOf([
    stackStep,
    stepOf("aws:wafv2/webAcl:WebAcl", "acl", { limit: 100, policy: policy("a"), token: "[secret]" }),
    stepOf("aws:x:Key", "old"),
  ]);
  const after = resultOf([
    stackStep,
    stepOf("aws:wafv2/webAcl:WebAcl", "acl", {
      limit: 200,
      policy: policy("b".repeat(100)),
      token: "[secret]",
      arn: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    }),
    stepOf("aws:x:Key", "new", { size: 1, secret: "[secret]" }),
  ]);

  it("against the committed preview name what differs", () => {
    expect(changesSection(after, comparisonOf(before, after), plain)).toBe(golden`
Changes against stacks/staging/preview.json: 1 added, 1 changed, 1 removed
  ~ aws:wafv2:WebAcl acl  [arn, limit, policy]
  + aws:x:Key new
  - aws:x:Key old
`);
  });

  it("come property by property when asked for, JSON inside strings too, secrets hidden", () => {
    const long = "b".repeat(100);
    expect(changesSection(after, comparisonOf(before, after), { ...plain, diff: true })).toBe(
      golden`
Changes against stacks/staging/preview.json: 1 added, 1 changed, 1 removed
  ~ aws:wafv2:WebAcl acl
      + arn: [unknown]
      ~ limit: 100 → 200
      ~ policy » Statement[0].Action:
        - "a"
        + "LONG"
  + aws:x:Key new
      + size: 1
      + secret: [secret]
  - aws:x:Key old
`.replace("LONG", long),
    );
  });

  it("are cut on a terminal only", () => {
    const shown = changesSection(after, comparisonOf(before, after), { ...plain, diff: true, columns: 30 });
    expect(shown).toContain(`        + "${"b".repeat(18)}…\n`);
  });

  it("are none when nothing differs", () => {
    expect(changesSection(after, comparisonOf(after, after), plain)).toBe(
      "Changes against stacks/staging/preview.json: none\n",
    );
  });

  it("tell configuration, outputs and verdicts that differ", () => {
    const other = resultOf(after.digest.steps, { outputs: { url: "x" }, packs: smallResult.packs });
    const shown = changesSection(other, comparisonOf(after, other), plain);
    expect(shown).toContain("2 differences in configuration, outputs or policies\n");
    expect(shown).toContain('  + outputs.url: "x"\n');
  });

  it("are everything when nothing is committed", () => {
    expect(changesSection(after, compare({}, { json: "{}" }, "staging"), plain)).toBe(
      "Changes against stacks/staging/preview.json: it is not there yet, so everything is new\n",
    );
  });
});

describe("the rest", () => {
  it("shows the stack's outputs, secrets hidden and unknowns marked", () => {
    expect(outputsSection(smallResult, plain)).toBe(golden`
Outputs
  apiId: [unknown]
  domains:
    chat: "chat.example.com"
  none: []
  token: [secret]
`);
  });

  it("counts what is created by service, and certificates and domains", () => {
    expect(totalsSection(smallResult, plain)).toBe(golden`
Totals: 6 resources to create
  aws:acm           1  Certificate 1
  aws:apigateway    2  DomainName 1, RestApi 1
  aws:apigatewayv2  1  DomainName 1
  fase-b:index      1  Gateway 1
  pulumi:pulumi     1  Stack 1
  Certificates: 1 to issue, 1 existing; 2 domains, 1 with mutual TLS
`);
  });

  it("ends with what came out", () => {
    expect(summaryLine(smallResult, packs, undefined, 1234, plain)).toBe(
      "✗ 6 resources to create · 5 policies: 1 violated, 1 advisory, 1 passed, 1 not applicable, 1 disabled · 1.2 s",
    );
    expect(
      summaryLine(resultOf([stackStep]), [], compare({}, { json: "" }, "staging"), undefined, plain),
    ).toBe("✓ 1 resource to create · no policies · no committed preview");
  });

  it("shows each line of an error as one, and nothing of what is for debugging", () => {
    const shown = diagnosticsSection(
      [
        { severity: "error", message: "agents[0].domain: got 1\nclients: got nothing\n" },
        { severity: "debug", message: "noise" },
        { severity: "warning", message: "careful", urn: "urn:pulumi:staging::small::aws:x:Key::key" },
      ],
      plain,
    );
    expect(shown).toBe(
      "error: agents[0].domain: got 1\nerror: clients: got nothing\nwarning: key: careful\n",
    );
  });

  it("lets no text command the terminal", () => {
    const evil = "\u001b]0;title\u0007\u001b[2Jgone\r";
    const shown =
      diagnosticsSection([{ severity: "info", message: evil }], plain) +
      outputsSection(resultOf([], { outputs: { [evil]: evil } }), plain) +
      treeSection(resultOf([stepOf("aws:x:Key", evil)]), plain);
    // eslint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
});
