import type {
  APIGatewayProxyEvent,
  APIGatewayProxyWebsocketEventV2,
  APIGatewayRequestAuthorizerEvent,
} from "aws-lambda";
import * as path from "node:path";
import * as vm from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { readContract } from "../contract/contract";
import { validatorOf } from "../contract/testSupport";
import { bundleFunctions, functionNames, type FunctionCode } from "../edge/bundle";

const functionsDir = __dirname;
let bundles: FunctionCode;
beforeAll(async () => {
  bundles = await bundleFunctions(functionsDir);
});

/** Runs a bundle as Lambda would: `index.js`, CommonJS, `exports.handler`; with no module to require. */
function handlerOf<Event, Answer>(code: string): (event: Event) => Promise<Answer> {
  const module = { exports: {} as { handler: (event: Event) => Promise<Answer> } };
  vm.runInNewContext(code, { module, exports: module.exports, Promise, JSON });
  return module.exports.handler;
}

const extendedRequestId = "JJbxmplHFiAFk4A=";
const isProblem = validatorOf(readContract().document.components.schemas, "Problem");

describe("the functions' bundles", () => {
  it("are the same bytes in every run", async () => {
    expect(await bundleFunctions(path.join(functionsDir, "..", "functions"))).toEqual(bundles);
  });

  it("hold no path of the machine", () => {
    for (const name of functionNames) expect(bundles[name]).not.toContain(path.dirname(functionsDir));
  });

  it("answer at the edge 503 as problem+json with the gateway's id, and say why", async () => {
    const handler = handlerOf<
      Partial<APIGatewayProxyEvent>,
      { statusCode: number; headers: Record<string, string>; body: string }
    >(bundles.edge);
    const answer = await handler({
      requestContext: { extendedRequestId } as APIGatewayProxyEvent["requestContext"],
      body: "jane@example.com",
    });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["Content-Type"]).toBe("application/problem+json");
    expect(Number(answer.headers["Retry-After"])).toBeGreaterThan(0);
    const problem = JSON.parse(answer.body) as object;
    expect(problem).toMatchObject({ code: "not-forwarding", extendedRequestId });
    expect(isProblem(problem)).toBe(true);
  });

  it.each(["authorizer", "voice-authorizer"] as const)("deny everything in the %s", async (name) => {
    const handler = handlerOf<Partial<APIGatewayRequestAuthorizerEvent>, object>(bundles[name]);
    const methodArn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/v1/POST/chat";
    expect(await handler({ methodArn, headers: { "x-api-key": "anything" } })).toEqual({
      principalId: "unknown",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: "Deny", Resource: methodArn }],
      },
    });
  });

  it("refuse every voice message with 503", async () => {
    const handler = handlerOf<Partial<APIGatewayProxyWebsocketEventV2>, { statusCode: number; body: string }>(
      bundles.voice,
    );
    const answer = await handler({
      requestContext: { extendedRequestId } as APIGatewayProxyWebsocketEventV2["requestContext"],
    });
    expect(answer.statusCode).toBe(503);
    const problem = JSON.parse(answer.body) as object;
    expect(problem).toMatchObject({ code: "not-carrying", extendedRequestId });
    expect(isProblem(problem)).toBe(true);
  });
});
