import { describe, expect, it } from "vitest";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { idsOf, readRequest } from "./edgeEvent";

const newUuid = (): string => "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";
const event = (traffic?: string): object => ({
  httpMethod: "POST",
  resource: "/chat",
  body: "{}",
  requestContext: {
    domainName: "chat-01.staging.example.com",
    authorizer: { clientId: "scanner", ...(traffic === undefined ? {} : { traffic }) },
  },
});

describe("a scan's mark (B2.1)", () => {
  it.each(["scan", "client", ""])(
    "says nothing to the edge, so that nothing is skipped for it: %j",
    (traffic) => {
      expect(readRequest(event(traffic))).toEqual(readRequest(event()));
      expect(idsOf(event(traffic), newUuid)).toEqual(idsOf(event(), newUuid));
    },
  );

  it("is named by no code that validates, claims or calls agents, and by none of the contract", () => {
    const sources = ["edge", "validation", "../contract"].flatMap((folder) => {
      const path = join(__dirname, "..", folder);
      return readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|yaml)$/.test(name) && !/test/i.test(name))
        .map((name) => ({ name, text: readFileSync(join(path, name), "utf8") }));
    });
    expect(sources.length).toBeGreaterThan(30);
    const naming = sources.filter(({ text }) => /\btraffic\b|egressAddresses/i.test(text));
    expect(naming.map(({ name }) => name)).toEqual([]);
  });
});
