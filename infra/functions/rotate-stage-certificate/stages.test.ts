import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createApiGatewayClient } from "../rotation/apiGateway";
import { FakeStages } from "../rotation/testSupport/fakeStages";
import { DAY_MS, VirtualClock } from "../rotation/testSupport/virtualClock";
import { replaceStageCertificate } from "./stageCertificate";
import { ApiGatewayStages, type GatewayCertificate } from "./stages";

const OURS = "fase-b-staging: the stage's";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/**
 * API Gateway's HTTP in front of the stage in memory, as its API reference tells it: pages of one, and every third call is
 * refused as one too many.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_GetClientCertificates.html
 */
async function start(stages: FakeStages, apiNames: readonly string[]) {
  let calls = 0;
  const paged = <T>(all: readonly T[], query: URLSearchParams): object => {
    const at = Number(query.get("position") ?? 0);
    return { item: all.slice(at, at + 1), ...(at + 1 < all.length ? { position: String(at + 1) } : {}) };
  };
  const toJson = ({ id, description, createdMs, expiresMs }: GatewayCertificate): object => ({
    clientCertificateId: id,
    description,
    createdDate: createdMs / 1000,
    expirationDate: expiresMs / 1000,
  });
  const answer = async (method: string, url: URL, body: string): Promise<readonly [number, object]> => {
    const [top, id = "", , stageName] = url.pathname.split("/").slice(1);
    if (top === "restapis" && id === "")
      return [
        200,
        paged(
          apiNames.map((name, index) => ({ id: `api${index}`, name })),
          url.searchParams,
        ),
      ];
    if (top === "restapis" && id === "api1" && stageName === "staging") {
      const patch =
        body === ""
          ? undefined
          : (JSON.parse(body) as { patchOperations: { op: string; path: string; value: string }[] });
      for (const { op, path, value } of patch?.patchOperations ?? [])
        if (op === "replace" && path === "/clientCertificateId") await stages.use(value);
      return [200, { clientCertificateId: stages.inUse, lastUpdatedDate: stages.updatedMs / 1000 }];
    }
    if (top !== "clientcertificates") return [404, {}];
    if (method === "POST") {
      const { description } = JSON.parse(body) as { description: string };
      return [201, toJson(await stages.generate(description))];
    }
    if (method === "DELETE") {
      await stages.delete(id);
      return [202, {}];
    }
    const found = stages.all.get(id);
    if (id !== "") return found === undefined ? [404, {}] : [200, toJson(found)];
    return [200, paged([...stages.all.values()].map(toJson), url.searchParams)];
  };
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      calls += 1;
      const refused = calls % 3 === 0;
      const url = new URL(request.url ?? "/", "http://localhost");
      void (
        refused
          ? Promise.resolve([429, { message: "Too Many Requests" }] as const)
          : answer(request.method ?? "", url, body)
      ).then(([status, json]) =>
        response
          .writeHead(status, {
            "content-type": "application/json",
            ...(status === 429 ? { "x-amzn-ErrorType": "TooManyRequestsException" } : {}),
            ...(status === 404 ? { "x-amzn-ErrorType": "NotFoundException" } : {}),
          })
          .end(JSON.stringify(json)),
      );
    });
  });
  await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
  const client = createApiGatewayClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "example", secretAccessKey: "example" },
  });
  return {
    adapter: new ApiGatewayStages(client, { apiName: "fase-b-staging", stageName: "staging" }),
    calls: () => calls,
  };
}

describe("the stage's certificate over API Gateway's HTTP", () => {
  it("is found through all pages, replaced, and the one before removed, though calls are refused as too many", async () => {
    const clock = new VirtualClock();
    const stages = new FakeStages(clock.nowMs);
    await stages.use((await stages.generate(OURS)).id);
    await stages.generate("somebody else's");
    const { adapter, calls } = await start(stages, ["another", "fase-b-staging"]);
    const options = { description: OURS, replaceAfterMs: 60 * DAY_MS, overlapMs: 7 * DAY_MS, quota: 60 };
    clock.advance(options.replaceAfterMs);
    expect(await replaceStageCertificate({ stages: adapter, clock }, options)).toBe("done");
    expect(stages.inUse).toBe("c3");
    clock.advance(options.overlapMs);
    expect(await replaceStageCertificate({ stages: adapter, clock }, options)).toBe("done");
    expect([...stages.all.keys()]).toEqual(["c2", "c3"]);
    expect(await adapter.certificateInUse()).toEqual(stages.all.get("c3"));
    await adapter.delete("gone");
    expect(calls()).toBeGreaterThan(15);
  });

  it.each([[["another"]], [["fase-b-staging", "fase-b-staging"]]])(
    "is not looked for where the API's name is %s",
    async (apiNames) => {
      const { adapter } = await start(new FakeStages(new VirtualClock().nowMs), apiNames);
      await expect(adapter.stage()).rejects.toThrow("none or several of that name");
    },
  );
});
