import { describe, expect, it } from "vitest";
import { readContract } from "./contract";
import { gatewayResponses, type GatewayResponse } from "./gatewayResponses";
import { bodyArgs, validatorOf } from "./testSupport";

const responses = Object.entries(gatewayResponses(bodyArgs.retryAfter)) as [string, GatewayResponse][];

/** Every type that the gateway has. https://docs.aws.amazon.com/apigateway/latest/api/API_GatewayResponse.html */
const ALL_TYPES =
  "ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT INVALID_API_KEY INVALID_SIGNATURE MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE RESOURCE_NOT_FOUND THROTTLED UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE WAF_FILTERED".split(
    " ",
  );

/** What the gateway makes of a template: it puts the text in and escapes nothing. */
const rendered = (template: string): string =>
  template
    .replaceAll("$context.extendedRequestId", "cB7-dFQzDoEEPGg=")
    .replaceAll("$context.authorizer.correlationId", "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f");

describe("the gateway's own answers", () => {
  it("exist for every type that the gateway has", () => {
    expect(responses.map(([type]) => type).sort()).toEqual(ALL_TYPES);
  });

  it.each(responses)("%s is problem details by the contract's own schema", (_type, response) => {
    const { document } = readContract();
    const isProblem = validatorOf(document.components.schemas, "Problem");
    const templates = Object.values(response.responseTemplates);
    expect(Object.keys(response.responseTemplates)).toEqual(["application/json", "application/problem+json"]);
    for (const template of templates) {
      const problem: unknown = JSON.parse(rendered(template));
      expect(problem).toSatisfy(isProblem);
      // Left out for the two that stand for many statuses, or the one that is set must be the one that is said.
      expect((problem as { status?: number }).status).toBe(response.statusCode);
    }
    expect(response.responseParameters["gatewayresponse.header.Content-Type"]).toBe(
      "'application/problem+json'",
    );
  });

  it.each(responses)("%s repeats nothing that the caller wrote", (type, response) => {
    const afterAuthorizer = ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"].includes(type);
    const allowed = new Set([
      "$context.extendedRequestId",
      ...(afterAuthorizer ? ["$context.authorizer.correlationId"] : []),
    ]);
    for (const template of Object.values(response.responseTemplates)) {
      const variables = template.match(/\$[A-Za-z.]*/g) ?? [];
      expect(variables.length).toBeGreaterThan(0);
      expect(variables.filter((variable) => !allowed.has(variable))).toEqual([]);
    }
    for (const value of Object.values(response.responseParameters)) {
      expect(value).toMatch(/^('[A-Za-z0-9+/-]+'|context\.requestId|context\.extendedRequestId)$/);
    }
  });

  it.each(responses)(
    "%s carries both of the gateway's ids (B1.6)",
    (_type, { responseParameters, responseTemplates }) => {
      expect(responseParameters).toMatchObject({
        "gatewayresponse.header.X-Request-Id": "context.requestId",
        "gatewayresponse.header.X-Extended-Request-Id": "context.extendedRequestId",
      });
      expect(responseTemplates["application/json"]).toContain(
        '"extendedRequestId":"$context.extendedRequestId"',
      );
    },
  );

  it("say when to try again where one can wait, and only there (B4.4)", () => {
    const waits = responses.flatMap(([type, { responseParameters }]) => {
      const wait = responseParameters["gatewayresponse.header.Retry-After"];
      return wait === undefined ? [] : [[type, wait]];
    });
    expect(Object.fromEntries(waits)).toEqual({
      THROTTLED: "'1'",
      QUOTA_EXCEEDED: "'86400'",
      DEFAULT_5XX: "'30'",
      AUTHORIZER_CONFIGURATION_ERROR: "'30'",
      AUTHORIZER_FAILURE: "'30'",
      INTEGRATION_FAILURE: "'30'",
      INTEGRATION_TIMEOUT: "'30'",
    });
  });

  it("have statuses that the contract lets every operation answer with; only an unknown route is 404", () => {
    const { routes } = readContract();
    const statuses = new Map(responses.map(([type, { statusCode }]) => [type, statusCode]));
    const strange = [...statuses].filter(
      ([, s]) => s !== undefined && !routes.every((r) => r.statuses.includes(s)),
    );
    expect(strange).toEqual([
      ["MISSING_AUTHENTICATION_TOKEN", 404],
      ["RESOURCE_NOT_FOUND", 404],
    ]);
    const open = [...statuses].filter(([, status]) => status === undefined).map(([type]) => type);
    expect(open).toEqual(["DEFAULT_4XX", "DEFAULT_5XX"]);
  });

  it("have a code each, so that programs can tell them apart", () => {
    const codes = responses.map(
      ([, r]) => JSON.parse(rendered(r.responseTemplates["application/json"] ?? "")).code,
    );
    expect(new Set(codes).size).toBe(responses.length);
  });
});
