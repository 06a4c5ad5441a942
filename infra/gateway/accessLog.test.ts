import { describe, expect, it } from "vitest";
import { accessLogFormat, restAccessLog, webSocketAccessLog } from "./accessLog";

describe.each([
  ["REST", restAccessLog],
  ["WebSocket", webSocketAccessLog],
])("B1.6: the %s access log", (_, fields) => {
  it("is one line of JSON whose values are $context variables and nothing else", () => {
    const format = accessLogFormat(fields);
    expect(format).not.toContain("\n");
    for (const value of Object.values(JSON.parse(format) as Record<string, string>)) {
      expect(value).toMatch(/^\$context(\.[a-zA-Z]+)+$/);
    }
  });

  it("stays one JSON document when the gateway fills it in, with a dash for what is absent", () => {
    const line = accessLogFormat(fields).replace(/\$context[.\w]+/g, "-");
    expect(Object.keys(JSON.parse(line) as object)).toEqual(Object.keys(fields));
  });

  it("says the gateway's two ids and the correlation id, each under its own name", () => {
    expect(fields).toMatchObject({
      requestId: "$context.requestId",
      extendedRequestId: "$context.extendedRequestId",
      correlationId: "$context.authorizer.correlationId",
    });
    expect(new Set(Object.values(fields)).size).toBe(Object.values(fields).length);
  });
});
