import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { gatewayConnections } from "./connections";

const connectionId = "L0SM9cOFvHcCIhw=";

describe("the gateway's connections", () => {
  let server: Server;
  let url: string;
  let asked: {
    readonly method: string | undefined;
    readonly path: string;
    readonly body: string;
    readonly auth: string;
  }[];
  let status: number;

  beforeEach(async () => {
    asked = [];
    status = 200;
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const auth = String(request.headers.authorization);
        asked.push({ method: request.method, path: decodeURIComponent(request.url ?? ""), body, auth });
        response.writeHead(status, {
          "content-type": "application/json",
          ...(status === 410 ? { "x-amzn-errortype": "GoneException" } : {}),
        });
        response.end();
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv("AWS_REGION", "eu-west-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "example");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  it("get a message as it is, signed for execute-api", async () => {
    expect(await gatewayConnections(url).post(connectionId, '{"type":"transcript"}')).toBe("sent");
    expect(asked).toEqual([
      {
        method: "POST",
        path: `/@connections/${connectionId}`,
        body: '{"type":"transcript"}',
        auth: expect.stringContaining("/eu-west-1/execute-api/aws4_request") as string,
      },
    ]);
  });

  it("are ended by DELETE", async () => {
    status = 204;
    expect(await gatewayConnections(url).close(connectionId)).toBe("closed");
    expect(asked[0]).toMatchObject({ method: "DELETE", path: `/@connections/${connectionId}` });
  });

  it("are gone when the gateway says so, which is no fault", async () => {
    status = 410;
    expect(await gatewayConnections(url).post(connectionId, "{}")).toBe("gone");
    expect(await gatewayConnections(url).close(connectionId)).toBe("gone");
  });

  it("throw when the gateway fails, after two tries", async () => {
    status = 500;
    await expect(gatewayConnections(url).post(connectionId, "{}")).rejects.toThrow();
    expect(asked).toHaveLength(2);
  });
});
