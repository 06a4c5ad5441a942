import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toApiGatewayBody, type JsonObject } from "./apiGatewayBody";
import { loadContract, readContract, type Contract } from "./contract";
import type { SchemaObject } from "./contract.schema";
import { bodyArgs, contractText, edited, valid, validatorOf } from "./testSupport";

interface LoweredOperation extends JsonObject {
  readonly security: readonly JsonObject[];
  readonly parameters: readonly { name: string; required: boolean; schema: object }[];
  readonly responses: Readonly<Record<string, object>>;
}
interface LoweredBody {
  readonly paths: Readonly<Record<string, Readonly<Record<string, LoweredOperation>>>>;
  readonly components: {
    readonly schemas: JsonObject;
    readonly securitySchemes: Readonly<Record<string, JsonObject>>;
  };
}

const lower = (contract: Contract) => {
  const { body, dropped } = toApiGatewayBody(contract, bodyArgs);
  return { body: body as JsonObject & LoweredBody, dropped };
};
const operationsOf = (body: LoweredBody) =>
  Object.entries(body.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

describe("the body that the gateway imports", () => {
  it("is the one that was reviewed", async () => {
    const { body } = lower(readContract());
    await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot("./apiGatewayBody.golden.txt");
  });

  it("lists every dropped keyword as it was reviewed", async () => {
    const { dropped } = lower(readContract());
    const rows = dropped.map(({ pointer, kind, why }) => `${kind.padEnd(13)} ${pointer}: ${why}`);
    await expect(`${rows.join("\n")}\n`).toMatchFileSnapshot("./apiGatewayBody.dropped.golden.txt");
  });

  it("validates, authorizes and meters every operation, and sends it to the edge function (B5.3, B4.1)", () => {
    const contract = readContract();
    const { body } = lower(contract);
    const operations = operationsOf(body);
    expect(operations.map(({ path, method }) => `${method} ${path}`)).toEqual(
      contract.routes.map(({ path, method }) => `${method} ${path}`),
    );
    for (const { operation } of operations) {
      // One requirement with both: two requirements would be either.
      expect(operation.security).toEqual([{ clientAuthorizer: [], apiKey: [] }]);
      expect(operation["x-amazon-apigateway-request-validator"]).toBe("body-and-parameters");
      expect(operation["x-amazon-apigateway-integration"]).toEqual({
        type: "aws_proxy",
        httpMethod: "POST",
        uri: bodyArgs.edgeInvocationUri,
        timeoutInMillis: 29_000,
        passthroughBehavior: "never",
      });
    }
    expect(body["x-amazon-apigateway-request-validators"]).toEqual({
      "body-and-parameters": { validateRequestBody: true, validateRequestParameters: true },
    });
    expect(body["x-amazon-apigateway-request-validator"]).toBe("body-and-parameters");
    expect(body["x-amazon-apigateway-api-key-source"]).toBe("HEADER");
  });

  it("closes the default endpoint by the import itself, where this version of OpenAPI has it read (B5.3)", () => {
    const { body } = lower(readContract());
    expect(body.openapi).toMatch(/^3\./);
    expect(body.servers).toEqual([
      { url: "/", "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true } },
    ]);
    expect(body).not.toHaveProperty("x-amazon-apigateway-endpoint-configuration");
  });

  it("asks the authorizer anew for every request, since a cached answer repeats its context (B1.6)", () => {
    const { clientAuthorizer } = lower(readContract()).body.components.securitySchemes;
    expect(clientAuthorizer?.["x-amazon-apigateway-authorizer"]).toEqual({
      type: "request",
      authorizerUri: bodyArgs.authorizerInvocationUri,
      authorizerResultTtlInSeconds: 0,
      identitySource: "method.request.header.x-api-key",
    });
  });

  it("invokes the authorizer by a role where one is given", () => {
    const authorizerRoleArn = "arn:aws:iam::123456789012:role/fase-b-staging-invoke";
    const { body } = toApiGatewayBody(readContract(), { ...bodyArgs, authorizerRoleArn });
    const { securitySchemes } = (body as JsonObject & LoweredBody).components;
    expect(securitySchemes.clientAuthorizer?.["x-amazon-apigateway-authorizer"]).toMatchObject({
      authorizerCredentials: authorizerRoleArn,
    });
  });

  it("requires the headers that the contract requires, and only those", () => {
    const contract = readContract();
    for (const { path, operation } of operationsOf(lower(contract).body)) {
      const required = operation.parameters.filter((parameter) => parameter.required).map(({ name }) => name);
      expect(required).toEqual(contract.routes.find((route) => route.path === path)?.requiredHeaders);
    }
  });

  it("has nothing that the import warns of", () => {
    const { body } = lower(readContract());
    const unsupported = new Set(
      "additionalProperties anyOf oneOf allOf not discriminator example examples exclusiveMinimum exclusiveMaximum readOnly writeOnly nullable format minItems maxItems default deprecated xml externalDocs callbacks links servers tags".split(
        " ",
      ),
    );
    const found: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, child] of Object.entries(value)) {
        // Names of properties and headers are the API's own, not keywords.
        const isName = /\/(properties|schemas|paths|responses)$/.test(path);
        if (!isName && unsupported.has(key)) found.push(`${path}/${key}`);
        const isModel = /^#\/components\/schemas\/[A-Za-z0-9]+$/.test(String(child));
        if (key === "$ref" && !isModel) found.push(`${path}/$ref ${String(child)}`);
        walk(child, `${path}/${key}`);
      }
    };
    walk(body.paths, "/paths");
    walk(body.components, "/components");
    expect(found).toEqual([]);
    for (const name of Object.keys(body.components.schemas)) expect(name).toMatch(/^[A-Za-z0-9]+$/);
  });

  it("brings no model that no request body reaches, and every one that is referred to", () => {
    const { body } = lower(readContract());
    const referred = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/([A-Za-z0-9]+)"/g)].map(
      ([, n]) => n,
    );
    expect(new Set(Object.keys(body.components.schemas))).toEqual(new Set(referred));
  });

  it.each([49, 29_001, -1])(
    "refuses an integration timeout of %d ms, with what is allowed",
    (integrationTimeoutMs) => {
      expect(() => toApiGatewayBody(readContract(), { ...bodyArgs, integrationTimeoutMs })).toThrow(
        /got -?\d+; allowed: 50 to 29000; fix/,
      );
    },
  );

  it("is the same for the same contract, byte for byte", () => {
    const [one, other] = [lower(readContract()), lower(readContract())];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });
});

describe("what the lowering drops", () => {
  /** Every keyword of the source, with where it must stand in the output: what is shared is written out where it is used. */
  function* sourceKeywords(
    contract: Contract,
  ): Generator<{ source: string; output: string; value: unknown }> {
    const { document } = contract;
    const escape = (step: string) => step.replaceAll("~", "~0").replaceAll("/", "~1");
    const sections: Readonly<Record<string, object | undefined>> = document.components;
    const walk = function* (
      value: unknown,
      source: string,
      output: string,
    ): ReturnType<typeof sourceKeywords> {
      if (typeof value !== "object" || value === null) {
        yield { source, output, value };
        return;
      }
      const ref = "$ref" in value ? String(value.$ref) : "";
      const [, section, name] = /^#\/components\/(parameters|responses)\/(\w+)$/.exec(ref) ?? [];
      if (section && name) {
        const target = (sections[section] as Record<string, unknown>)[name];
        yield* walk(target, `/components/${section}/${name}`, output);
        return;
      }
      for (const [key, child] of Object.entries(value)) {
        yield* walk(child, `${source}/${escape(key)}`, `${output}/${escape(key)}`);
      }
    };
    yield* walk(document, "", "");
  }

  const at = (value: unknown, pointer: string): unknown =>
    pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<unknown>(
        (v, step) => (typeof v === "object" && v !== null ? (v as JsonObject)[step] : undefined),
        value,
      );

  it("is listed: every keyword of the contract is in the output or in the list, and none in both", () => {
    const contract = readContract();
    const { body, dropped } = lower(contract);
    const listed = new Set(dropped.map(({ pointer }) => pointer));
    expect(listed.size).toBe(dropped.length);
    const isListed = (pointer: string): boolean => {
      const steps = pointer.split("/");
      return steps.some((_, i) => listed.has(steps.slice(0, i + 1).join("/")));
    };
    // The version, the title and the servers are replaced, and the security requirement is written at each operation.
    const rewritten = /^\/(openapi|info\/title|servers\/.*|security\/.*)$/;
    // Shared parameters and responses that something refers to were walked there.
    const shared = /^\/components\/(parameters|responses)\/[^/]+$/;
    const lost: string[] = [];
    const both: string[] = [];
    let kept = 0;
    for (const { source, output, value } of sourceKeywords(contract)) {
      if (rewritten.test(source) || shared.test(output.split("/").slice(0, 4).join("/"))) continue;
      const found = at(body, output);
      if (!isListed(source)) {
        if (found === value) kept += 1;
        else lost.push(`${source}: ${JSON.stringify(value)} became ${JSON.stringify(found)}`);
      } else if (found !== undefined) both.push(source);
    }
    expect({ lost, both }).toEqual({ lost: [], both: [] });
    expect(kept).toBeGreaterThan(100);
  });

  it("names what the edge function must check instead, with the reason", () => {
    const constraints = lower(readContract()).dropped.filter(({ kind }) => kind === "constraint");
    expect(constraints.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining([
        "/components/schemas/ChatRequest/properties/messages/maxItems",
        "/components/schemas/ChatRequest/additionalProperties",
        "/components/parameters/IdempotencyKey/schema/pattern",
        "/components/schemas/Image/properties/data/format",
      ]),
    );
    for (const { why, keyword, pointer } of constraints) {
      expect(why.length).toBeGreaterThan(10);
      expect(pointer.endsWith(`/${keyword}`)).toBe(true);
    }
  });

  const message = { role: "user", content: "Hello" };
  it.each([
    ["no messages", {}],
    ["a role that does not exist", { messages: [{ ...message, role: "root" }] }],
    ["an empty content", { messages: [{ ...message, content: "" }] }],
    ["a content that is too long", { messages: [{ ...message, content: "x".repeat(32_769) }] }],
    ["a temperature over 2", { messages: [message], temperature: 2.1 }],
    ["a text for a number", { messages: [message], temperature: "1" }],
    ["a message that is a text", { messages: ["Hello"] }],
    ["no object", [message]],
  ])("the gateway itself still refuses %s", (_what, value) => {
    const { body } = lower(readContract());
    expect(validatorOf(body.components.schemas, "ChatRequest")({ messages: [message] })).toBe(true);
    expect(validatorOf(body.components.schemas, "ChatRequest")(value)).toBe(false);
  });

  it.each([
    ["too many messages", { messages: Array.from({ length: 129 }, () => message) }],
    ["a property of its own", { messages: [message], admin: true }],
    ["no message at all", { messages: [] }],
  ])("the gateway lets %s through, which the contract refuses: the edge function's part", (_what, value) => {
    const contract = readContract();
    expect(validatorOf(lower(contract).body.components.schemas, "ChatRequest")(value)).toBe(true);
    expect(validatorOf(contract.document.components.schemas, "ChatRequest")(value)).toBe(false);
  });

  it.each(["ChatRequest", "VisionRequest", "AvatarRequest", "VoiceTicketRequest"])(
    "never makes the gateway stricter than the contract: every %s that the contract takes gets through",
    (name) => {
      const { document } = readContract();
      const schema = { $ref: `#/components/schemas/${name}` };
      const byContract = validatorOf(document.components.schemas, name);
      const byGateway = validatorOf(lower(readContract()).body.components.schemas, name);
      fc.assert(
        fc.property(valid(document, schema), (value) => {
          expect(byContract(value)).toBe(true);
          expect(byGateway(value)).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
  );

  it("takes unions, nulls and examples out of a schema without making it stricter", () => {
    const property = (yaml: string) =>
      edited(contractText(), "        seed:\n", `        extra: ${yaml}\n        seed:\n`);
    const cases: readonly [yaml: string, lowered: object, keywords: readonly string[]][] = [
      [
        "{ type: string, nullable: true, minLength: 1, maxLength: 9 }",
        { minLength: 1, maxLength: 9 },
        ["nullable", "type"],
      ],
      ["{ type: string, nullable: false, enum: [a] }", { type: "string", enum: ["a"] }, ["nullable"]],
      [
        "{ oneOf: [{ type: boolean }, { type: integer, minimum: 1, maximum: 2 }], discriminator: { propertyName: kind } }",
        {},
        ["oneOf", "discriminator"],
      ],
      [
        "{ type: integer, minimum: 1, maximum: 5, exclusiveMaximum: true, example: 2 }",
        { type: "integer", minimum: 1, maximum: 5 },
        ["exclusiveMaximum", "example"],
      ],
    ];
    for (const [yaml, lowered, keywords] of cases) {
      const contract = loadContract(property(yaml));
      const { body, dropped } = lower(contract);
      const here = "/components/schemas/ChatRequest/properties/extra";
      expect(at(body, here)).toEqual(lowered);
      const listed = dropped
        .filter(({ pointer }) => pointer.startsWith(`${here}/`))
        .map(({ keyword }) => keyword);
      expect(new Set(listed)).toEqual(new Set(keywords));
      const schema = at(contract.document, here) as SchemaObject;
      const byGateway = validatorOf(body.components.schemas, "ChatRequest");
      fc.assert(
        fc.property(valid(contract.document, schema), (extra) => byGateway({ messages: [message], extra })),
        { numRuns: 50 },
      );
    }
  });

  it("needs a decision for each parameter's and each body's own keywords too", () => {
    const contract = loadContract(
      edited(
        contractText(),
        '            schema:\n              $ref: "#/components/schemas/ChatRequest"\n',
        '            schema:\n              $ref: "#/components/schemas/ChatRequest"\n            example: { messages: [] }\n',
      ),
    );
    expect(lower(contract).dropped.map(({ pointer }) => pointer)).toContain(
      "/paths/~1chat/post/requestBody/content/application~1json/example",
    );
  });
});
