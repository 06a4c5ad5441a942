import type { Severity } from "../../../infra/evidence/record/findings.schema";
import { classesOf, type Classes } from "./classes";
import { routePlace } from "./place";
import { NOT_STATED, type Reading, type Report } from "./report";
import { ReportError, shown } from "./reportError";
import { Sightings } from "./sightings";
import { parseXml, type XmlElement } from "./strictXml";

/**
 * Schemathesis' JUnit report. A case is an operation; what failed stands in its text as titles in the first column, with messages, answers
 * and the call below them, all of them set in by four spaces: what a server answers can't pass for a title.
 * https://schemathesis.readthedocs.io/en/stable/guides/reports/
 */

interface Check {
  /** As `--checks` names it. */
  readonly name: string;
  readonly severity: Severity;
  readonly classes: Classes;
  readonly fix: string;
}

const check = (
  name: string,
  severity: Severity,
  cwes: readonly number[],
  api: readonly string[],
  fix: string,
): Check => ({
  name,
  severity,
  classes: classesOf(cwes, { owaspApiTop10: api }),
  fix,
});

const CONFORM = "answer as the contract says, or change the contract";
const schema = check("response_schema_conformance", "medium", [], ["API9:2023"], CONFORM);
const contentType = check("content_type_conformance", "low", [], ["API9:2023"], CONFORM);
const ignoredAuth = check(
  "ignored_auth",
  "critical",
  [306],
  ["API2:2023"],
  "refuse with 401 or 403 whoever has no valid key, in front of the operation",
);

/**
 * By the titles of version 4.28. Two of one check differ where one of them lets somebody in and the other only answers in another way.
 * https://schemathesis.readthedocs.io/en/stable/reference/checks/
 */
const CHECKS: ReadonlyMap<string, Check> = new Map([
  ["API accepts requests without authentication", ignoredAuth],
  ["API accepts invalid authentication", ignoredAuth],
  [
    "Unexpected response to invalid authentication",
    { ...ignoredAuth, severity: "medium", fix: "answer 401 or 403 to a key that is not valid" },
  ],
  [
    "Server error",
    check(
      "not_a_server_error",
      "high",
      [248],
      ["API8:2023"],
      "find out what the operation does not expect, and refuse that with a 4xx",
    ),
  ],
  [
    "API accepted schema-violating request",
    check(
      "negative_data_rejection",
      "high",
      [20],
      [],
      "refuse with 400 or 422 what the contract does not allow",
    ),
  ],
  [
    "Missing header not rejected",
    check("missing_required_header", "medium", [20], [], "refuse with 400 a request without the header"),
  ],
  [
    "Unsupported methods",
    check(
      "unsupported_method",
      "low",
      [650],
      ["API9:2023"],
      "answer 405 to methods that the contract does not have",
    ),
  ],
  [
    "Use after free",
    check("use_after_free", "high", [672], ["API1:2023"], "answer 404 for what was deleted"),
  ],
  [
    "Resource is not available after creation",
    check("ensure_resource_availability", "low", [], ["API9:2023"], CONFORM),
  ],
  [
    "API rejected schema-compliant request",
    check("positive_data_acceptance", "low", [], ["API9:2023"], CONFORM),
  ],
  ["Undocumented HTTP status code", check("status_code_conformance", "low", [], ["API9:2023"], CONFORM)],
  ["Undocumented Content-Type", contentType],
  ["Missing Content-Type header", contentType],
  ["Malformed media type", contentType],
  ["Missing required headers", check("response_headers_conformance", "low", [], ["API9:2023"], CONFORM)],
  [
    "Response header does not conform to the schema",
    check("response_headers_conformance", "low", [], ["API9:2023"], CONFORM),
  ],
  ["Response violates schema", schema],
  ["JSON deserialization error", schema],
  ["Content deserialization error", schema],
  ["SSE event payload violates content schema", schema],
  ["SSE event violates schema", schema],
  ["Discriminator value not in schema mapping", schema],
  ["Allow header mismatch", check("allow_header_conformance", "low", [], ["API9:2023"], CONFORM)],
  [
    "Response time limit exceeded",
    check(
      "max_response_time",
      "medium",
      [400],
      ["API4:2023"],
      "answer in time, or refuse what takes too long",
    ),
  ],
]);

/** A check of somebody's own: nobody has said how severe it is. */
const OWN = check("", "medium", [], [], "see the check's own message in the report");

const COUNTED = { failure: "failures", error: "errors", skipped: "skipped" } as const;
type Outcome = keyof typeof COUNTED;

export const isJunit = (root: XmlElement): boolean => root.name === "testsuites" || root.name === "testsuite";

/** @throws ReportError */
export function readSchemathesis(text: string, reading: Reading): Report {
  const { file } = reading;
  const root = parseXml(text, file);
  const refuse = (place: string, got: string, allowed: string): never => {
    throw new ReportError({
      file,
      place,
      got,
      allowed,
      fix: "name a JUnit report of Schemathesis, or let it write it again",
    });
  };
  if (root.name !== "testsuites") refuse("the root", `<${root.name}>`, "<testsuites>");
  const [suite, ...others] = root.elements;
  if (suite?.name !== "testsuite" || others.length > 0)
    return refuse("testsuites", `${root.elements.length} elements`, "one <testsuite>");
  if (suite.attributes.get("name") !== "schemathesis")
    refuse("testsuite name", shown(suite.attributes.get("name")), "schemathesis");
  const cases = suite.elements;
  const labels = new Set<string>();
  const sightings = new Sightings("schemathesis");
  cases.forEach((one, at) => {
    const label = one.attributes.get("name");
    if (one.name !== "testcase" || label === undefined || label === "")
      return refuse(
        `element ${at + 1} of the suite`,
        `<${one.name}>${label === undefined ? " without a name" : ""}`,
        "<testcase name=…>",
      );
    if (labels.has(label)) refuse(`testcase ${shown(label)}`, "it twice", "each operation once");
    labels.add(label);
    for (const outcome of one.elements) {
      if (!Object.hasOwn(COUNTED, outcome.name))
        refuse(`testcase ${shown(label)}`, `<${outcome.name}>`, "<failure>, <error>, <skipped>");
      if (outcome.elements.length > 0) refuse(`testcase ${shown(label)}`, "elements in its text", "text");
      if (outcome.name === "failure") readFailure(outcome.text, label, sightings, reading);
    }
  });
  refuseCounts([root, suite], cases, refuse);
  const having = (outcome: Outcome): readonly XmlElement[] => cases.filter((one) => has(one, outcome));
  const incomplete = incompleteBecause(cases.length, having("error").length, having("skipped").length);
  return {
    format: "schemathesis",
    tool: { name: "Schemathesis", version: NOT_STATED },
    findings: sightings.all(),
    ...(incomplete === undefined ? {} : { incomplete }),
  };
}

const has = (one: XmlElement, outcome: Outcome): boolean => one.elements.some(({ name }) => name === outcome);

/** The suite counts what it lists: a report from which something is missing does not add up. */
function refuseCounts(
  counting: readonly XmlElement[],
  cases: readonly XmlElement[],
  refuse: (place: string, got: string, allowed: string) => never,
): void {
  const counted: Readonly<Record<string, number>> = {
    tests: cases.length,
    ...Object.fromEntries(
      Object.entries(COUNTED).map(([outcome, attribute]) => [
        attribute,
        cases.filter((one) => has(one, outcome as Outcome)).length,
      ]),
    ),
  };
  for (const element of counting)
    for (const [attribute, count] of Object.entries(counted)) {
      const stated = element.attributes.get(attribute);
      if (stated !== String(count))
        refuse(`${element.name} ${attribute}`, shown(stated), `${count}, as many as are listed`);
    }
}

function incompleteBecause(cases: number, errors: number, skipped: number): string | undefined {
  if (cases === 0) return "no operation was tested";
  if (errors > 0) return `${errors} of ${cases} operations could not be tested to the end`;
  return skipped > 0 ? `${skipped} of ${cases} operations were skipped` : undefined;
}

/** One failure's text: cases, each with its titles. */
function readFailure(text: string, label: string, sightings: Sightings, { file, contract }: Reading): void {
  const place = placeOf(label, contract);
  let title: string | undefined;
  let messages: string[] = [];
  let found = 0;
  const settle = (): void => {
    if (title !== undefined) sightings.add({ ...instanceOf(title, messages), place });
    title = undefined;
    messages = [];
  };
  const lines = text.split(/\r\n|\r|\n/);
  lines.forEach((line, at) => {
    if (line.startsWith("    ") || line.trim() === "") messages.push(line);
    else if (line.startsWith("- ")) {
      settle();
      title = line
        .slice(2)
        .replace(/ \(\d+ violations\)$/, "")
        .trim();
      found += 1;
    } else if (/^\[\d{3}\] .*:$/.test(line)) {
      // What was answered, and how to ask again, are of all titles above and are not repeated.
      messages.push(line.slice(0, "[200]".length));
      settle();
    } else if (/^(\d+\. Test Case ID: |Reproduce with:$|Identity: )/.test(line)) settle();
    else
      throw new ReportError({
        file,
        place: `testcase ${shown(label)}, line ${at + 1} of a failure`,
        got: shown(line),
        allowed: "titles, and what is set in below them, as Schemathesis 4 writes them",
        fix: "use the version that is pinned, or teach the reader the new one",
      });
  });
  settle();
  if (found === 0)
    throw new ReportError({
      file,
      place: `testcase ${shown(label)}`,
      got: "a failure without a title",
      allowed: "at least one line that begins with “- ”",
      fix: "let Schemathesis write the report again",
    });
}

/** Names and numbers of the messages; never the rest, which quotes what was sent and answered. */
const TOLD: readonly RegExp[] = [
  /^\s*Schema at (\/[\w/~.{}-]{1,200}):$/,
  /when missing required '([\w-]{1,60})' header/,
  /^\s*Invalid component: (parameter `[\w-]{1,60}` in \w{1,10}|\w[\w ]{1,30}) /,
  /^\s*(Unsupported method [A-Z]{1,20}) returned \d{3}/,
  /^\s*((?:Received|Expected): \d{3}(?:, \d(?:\d\d|xx))*)$/,
  /^\[(\d{3})\]$/,
];

function instanceOf(title: string, messages: readonly string[]) {
  const known = CHECKS.get(title);
  const told = messages.flatMap((line) => TOLD.flatMap((pattern) => pattern.exec(line)?.[1] ?? []));
  // Which header or method is the same in each run; which of the generated values shows it is not.
  const detail =
    known?.name === "missing_required_header"
      ? told.find((one) => /^[A-Za-z][\w-]*$/.test(one))
      : told.find((one) => one.startsWith("Unsupported method "));
  return {
    ...(known ?? OWN),
    rule: known === undefined ? `own/${title}` : `${known.name}/${title}`,
    title,
    ...(detail === undefined ? {} : { detail: detail.replace("Unsupported method ", "") }),
    evidence: told.map((one) => (/^\d{3}$/.test(one) ? `answered ${one}` : one)),
  };
}

/** An operation's name, or what the tool calls what is of none. */
function placeOf(label: string, contract: Reading["contract"]): string {
  const operation = /^([A-Z]{1,20}) (\/\S*)$/.exec(label);
  return (operation && routePlace(operation[1] ?? "", operation[2] ?? "", contract)) ?? label;
}
