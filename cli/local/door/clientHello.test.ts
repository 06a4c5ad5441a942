import fc from "fast-check";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { serverNameOf } from "./clientHello";

/** The first bytes of a real client that asks for that name. */
async function helloFor(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const arrived = once(server, "connection");
  const client = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, servername });
  client.on("error", () => undefined);
  const [socket] = (await arrived) as [import("node:net").Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return bytes;
}

describe("the server's name in a hello", () => {
  it("is read from a real client's, in lower case", async () => {
    expect(serverNameOf(await helloFor("Chat-01.staging.example.com"))).toBe("chat-01.staging.example.com");
    expect(serverNameOf(await helloFor(""))).toBe("");
  });

  it("is waited for while bytes are missing, and never guessed", async () => {
    const hello = await helloFor("chat-01.staging.example.com");
    for (let length = 0; length < hello.length; length += 1)
      expect(serverNameOf(hello.subarray(0, length))).toBeUndefined();
  });

  it("is none in anything else, and nothing makes it throw", async () => {
    expect(serverNameOf(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toBe("");
    const hello = await helloFor("chat-01.staging.example.com");
    fc.assert(
      fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(hello);
        changed[at] = value;
        expect(() => serverNameOf(changed)).not.toThrow();
      }),
    );
  });
});
