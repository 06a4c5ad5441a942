import { describe, expect, it } from "vitest";
import { buildPolicies } from "../catalogue";
import { noRelease } from "../lib/release/record";
import { controlExceptions, policyExceptions } from "../exceptions";
import type { ControlException } from "../lib/exceptions";
import { exception, withoutMutualTls } from "./cases/guardrails";
import { analyze } from "./harness";
import { stagingStack } from "./staging";

const now = new Date("2026-11-26T18:00:00Z");

const judge = async (controls: readonly ControlException[], at = now) => {
  const { violations } = await analyze(
    buildPolicies({ now: at, exceptions: [], controlExceptions: controls, release: noRelease }).filter(
      ({ name }) => name.startsWith("exceptions-"),
    ),
    stagingStack().resources,
  );
  return violations.map(({ policy, level, message }) => `${policy} ${level}: ${message}`);
};

describe("exceptions", () => {
  it("of the pack all stand on the day that they were recorded, and are listed", async () => {
    const { violations } = await analyze(
      buildPolicies({ now, exceptions: policyExceptions, controlExceptions, release: noRelease }),
      stagingStack().resources,
    );
    expect(violations.filter(({ level }) => level === "mandatory")).toEqual([]);
    const listed = violations.map(({ message }) => message).join("\n");
    for (const { id, expires } of controlExceptions)
      expect(listed).toMatch(new RegExp(`${id} \\(.*until ${expires}\\)`));
  });

  it("of the pack fail on the day after their end", async () => {
    const [first] = controlExceptions;
    const end = Date.parse(`${first?.expires}T23:59:59Z`);
    expect((await judge(controlExceptions, new Date(end))).join()).not.toContain("mandatory");
    expect((await judge(controlExceptions, new Date(end + 1000))).join()).toMatch(
      /mandatory: .*CX-001 with an end on/s,
    );
  });

  it("for a type that the stack has not are stale", async () => {
    const stale: ControlException = {
      id: "CX-900",
      controls: ["FSBP X.1"],
      resourceType: "aws:rds/instance:Instance",
      reason: "There was once a database behind this API.",
      recorded: "2026-11-01",
      expires: "2027-01-01",
    };
    expect((await judge([stale])).join()).toMatch(
      /CX-900 for aws:rds\/instance:Instance, of which there is none/,
    );
  });

  it("that lift something say so where the resource is judged", async () => {
    const stack = stagingStack();
    withoutMutualTls(stack);
    const { violations, notApplicable } = await analyze(
      buildPolicies({
        now,
        exceptions: [...policyExceptions, exception({})],
        controlExceptions: [],
        release: noRelease,
      }),
      stack.resources,
    );
    expect(violations.filter(({ level }) => level === "mandatory")).toEqual([]);
    expect(notApplicable).toEqual([
      {
        policy: "domain-requires-mutual-tls",
        reason:
          "Excepted by EX-901 until 2027-06-30: The partner's clients learn to show a certificate in spring.",
      },
    ]);
  });

  it("never share an id", async () => {
    const twice = [
      exception({}),
      exception({ resource: "aws:apigateway/domainName:DomainName::agent-07-domain" }),
    ];
    const { violations } = await analyze(
      buildPolicies({ now, exceptions: twice, controlExceptions: [], release: noRelease }).filter(
        ({ name }) => name === "exceptions-require-record",
      ),
      stagingStack().resources,
    );
    expect(violations.map(({ message }) => message).join()).toContain("EX-901 with the id of another");
  });
});
