import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { S3ObjectStore } from "./s3ObjectStore";

/** The least of S3 that is asked: objects by path; what is not there is 403, as for who may not list the bucket. */
describe("the store of large answers", () => {
  let server: Server;
  let objects: Map<string, Buffer>;
  let absent: { readonly status: number; readonly code: string };

  beforeEach(async () => {
    objects = new Map();
    absent = { status: 403, code: "AccessDenied" };
    server = createServer((request, response) => {
      const path = (request.url ?? "").replace(/\?.*/, "");
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.method === "PUT") {
          objects.set(path, Buffer.concat(chunks));
          return response.end();
        }
        const found = objects.get(path);
        if (found !== undefined) return response.end(found);
        response.writeHead(absent.status, { "content-type": "application/xml" });
        return response.end(`<Error><Code>${absent.code}</Code><Message>m</Message></Error>`);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_REGION", "eu-west-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "example");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  it("hands back what was put, byte by byte", async () => {
    const store = new S3ObjectStore("answers");
    const bytes = Buffer.from(JSON.stringify({ status: 200, body: "ñ".repeat(300_000) }));
    await store.put("put-answer", "answers/record/owner", bytes);
    expect([...objects.keys()]).toEqual(["/answers/answers/record/owner"]);
    expect(Buffer.from((await store.get("get-answer", "answers/record/owner")) ?? [])).toEqual(bytes);
  });

  it.each([
    [403, "AccessDenied"],
    [404, "NoSuchKey"],
  ])("knows nothing of what is not there, said by %d", async (status, code) => {
    absent = { status, code };
    expect(await new S3ObjectStore("answers").get("get-answer", "answers/none")).toBeUndefined();
  });

  it("throws when S3 fails", async () => {
    absent = { status: 500, code: "InternalError" };
    await expect(new S3ObjectStore("answers").get("get-answer", "answers/none")).rejects.toThrow();
  });
});
