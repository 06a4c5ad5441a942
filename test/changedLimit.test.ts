import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProgramCopy } from "./support/programCopy";

let copy: ProgramCopy;

beforeAll(() => {
  copy = new ProgramCopy();
  copy.preview("--write");
  copy.edit("Pulumi.staging.yaml", "vision: { requestsPerSecond: 20,", "vision: { requestsPerSecond: 19,");
});
afterAll(() => copy.remove());

describe("one limit that is changed in Pulumi.staging.yaml", () => {
  it("shows exactly the resources that change, and fails the check until it is written", () => {
    const stale = copy.preview("--check");
    expect(stale.status).toBe(1);
    expect(stale.output.match(/^ {2}[~+-] aws:.*$/gm)).toEqual([
      // A change of settings is a deployment, and announced as one.
      "  ~ aws:lambda:Invocation announcements-deployment",
      "  ~ aws:apigateway:UsagePlan client-mobile-app-plan",
      "  ~ aws:apigateway:UsagePlan client-partner-north-plan",
      "  ~ aws:apigateway:UsagePlan client-web-app-plan",
      "  ~ aws:apigateway:MethodSettings gateway-method-vision-post",
    ]);
    expect(stale.output).toContain("settings.throttlingRateLimit: 20 → 19");
    expect(stale.output).toContain("npm run preview -- --write");

    expect(copy.preview("--write").status).toBe(0);
    expect(copy.preview("--check").status).toBe(0);
  });

  it("gives the same bytes of JSON in another folder", () => {
    const other = new ProgramCopy();
    try {
      const json = [copy, other].map(
        (program) => program.preview("--json", "--config-file", "Pulumi.staging.yaml").output,
      );
      const [changed = "", original = ""] = json;
      expect(changed).not.toBe(original);
      expect(changed.replaceAll(copy.folder, "")).toBe(changed);
      other.edit(
        "Pulumi.staging.yaml",
        "vision: { requestsPerSecond: 20,",
        "vision: { requestsPerSecond: 19,",
      );
      expect(other.preview("--json").output).toBe(changed);
    } finally {
      other.remove();
    }
  });
});
