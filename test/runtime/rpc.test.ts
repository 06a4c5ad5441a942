import * as grpc from "@grpc/grpc-js";
import { once } from "node:events";
import http2 from "node:http2";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { RpcClient, RpcError, RpcServer, status } from "../../runtime/rpc";

const identity = (bytes: Buffer): Buffer => bytes;
const large = Buffer.alloc(20 * 1024 * 1024, "0123456789abcdef");
const said = "refused: 100 % of «ü» at /a?b#c&d\nline 2 \u{1f600}";

/** Both ends of the protocol as the program and the packs have them, and as the preview has them. */
describe("gRPC over Node's own HTTP/2", () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));

  const handlers = {
    Echo: identity,
    Later: (request: Buffer): Promise<Buffer> =>
      new Promise((resolve) => setTimeout(() => resolve(request), 20 - request.length)),
    Refuse: (): never => {
      throw new RpcError(status.INVALID_ARGUMENT, said);
    },
    Break: (): Promise<Buffer> => Promise.reject(new TypeError("broken")),
    Never: (): Promise<Buffer> => new Promise(() => undefined),
  };

  async function ourServer(): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = new RpcServer();
    server.add("test.Service", handlers);
    const door = createServer();
    server.answerAt(door);
    door.listen(0, "127.0.0.1");
    await once(door, "listening");
    const close = (): void => {
      server.close();
      door.close();
    };
    closing.push(close);
    return { port: (door.address() as AddressInfo).port, close };
  }

  async function theirServer(): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    const shape = {
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    const names = Object.keys(handlers) as (keyof typeof handlers)[];
    server.addService(
      Object.fromEntries(names.map((name) => [name, { ...shape, path: `/test.Service/${name}` }])),
      Object.fromEntries(
        names.map((name) => [
          name,
          (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>): void => {
            void (async () => handlers[name](call.request))().then(
              (answer) => done(null, answer),
              (error: Error) =>
                done(error instanceof RpcError ? { code: error.code, details: error.details } : error),
            );
          },
        ]),
      ),
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const close = (): void => server.forceShutdown();
    closing.push(close);
    return { port, close };
  }

  type Ask = (method: string, request: Buffer) => Promise<Buffer>;

  function ourClient(port: number): Ask {
    const client = new RpcClient(port);
    closing.push(() => client.close());
    return (method, request) => client.call(`/test.Service/${method}`, request);
  }

  function theirClient(port: number): Ask {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
    closing.push(() => client.close());
    return (method, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(`/test.Service/${method}`, identity, identity, request, (error, answer) =>
          error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
        );
      });
  }

  const pairs = [
    ["our client, their server", theirServer, ourClient],
    ["their client, our server", ourServer, theirClient],
  ] as const;

  describe.each(pairs)("%s", (_, serve, connect) => {
    it("brings messages there and back, small, empty and of 20 MB", async () => {
      const ask = connect((await serve()).port);
      for (const message of [Buffer.from("small"), Buffer.alloc(0), large]) {
        expect((await ask("Echo", message)).equals(message)).toBe(true);
      }
    });

    it("gives each of many calls its own answer, in whatever order they come", async () => {
      const ask = connect((await serve()).port);
      const messages = Array.from({ length: 100 }, (_unused, index) => Buffer.alloc(index % 20, index));
      const answers = await Promise.all(messages.map((message) => ask("Later", message)));
      expect(answers.map((answer, index) => answer.equals(messages[index] ?? large))).not.toContain(false);
    });

    it("tells why a call was refused, whatever the letters", async () => {
      const ask = connect((await serve()).port);
      const refused = { code: status.INVALID_ARGUMENT, details: said };
      await expect(ask("Refuse", Buffer.from("x"))).rejects.toMatchObject(refused);
      await expect(ask("Break", Buffer.from("x"))).rejects.toMatchObject({ code: status.UNKNOWN });
      await expect(ask("Missing", Buffer.from("x"))).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
      expect((await ask("Echo", Buffer.from("still there"))).toString()).toBe("still there");
    });

    it("says of a server that is gone that it is unavailable, to those who wait and to those who come", async () => {
      const { port, close } = await serve();
      const ask = connect(port);
      await ask("Echo", Buffer.from("x"));
      const waiting = ask("Never", Buffer.from("x"));
      // Told before it is looked at otherwise.
      waiting.catch(() => undefined);
      setTimeout(close, 50);
      await expect(waiting).rejects.toMatchObject({
        code: expect.toSatisfy((code: number) => [status.UNAVAILABLE, 1].includes(code)) as number,
      });
      await expect(ask("Echo", Buffer.from("x"))).rejects.toMatchObject({ code: status.UNAVAILABLE });
    });
  });

  it("tells when a request is sent to its last byte, before it is answered", async () => {
    const { port } = await theirServer();
    const client = new RpcClient(port);
    closing.push(() => client.close());
    const events: string[] = [];
    await client
      .call("/test.Service/Echo", large, () => events.push("sent"))
      .then(() => events.push("answered"));
    expect(events).toEqual(["sent", "answered"]);
  });

  it("takes a message of megabytes without telling the sender to go on", async () => {
    const { port } = await ourServer();
    const session = http2.connect(`http://127.0.0.1:${port}`);
    closing.push(() => session.destroy());
    await once(session, "remoteSettings");
    const stream = session.request({ ":method": "POST", ":path": "/test.Service/Never" });
    stream.write(Buffer.alloc(4 * 1024 * 1024));
    await once(stream, "drain");
    const { remoteWindowSize = 0 } = stream.session?.state ?? {};
    expect([session.remoteSettings.initialWindowSize, remoteWindowSize > 4 * 1024 * 1024]).toEqual([
      16 * 1024 * 1024,
      true,
    ]);
  });

  it("refuses what is not exactly one plain message", async () => {
    const session = http2.connect(`http://127.0.0.1:${(await ourServer()).port}`);
    closing.push(() => session.destroy());
    const ask = async (body: Buffer): Promise<unknown> => {
      const stream = session.request({ ":method": "POST", ":path": "/test.Service/Echo" });
      stream.end(body).resume();
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      return headers["grpc-status"];
    };
    expect(await ask(Buffer.from([0, 0, 0, 0, 1, 65]))).toBe(undefined);
    expect(await ask(Buffer.from([0, 0, 0, 0, 2, 65]))).toBe(String(status.INTERNAL));
    expect(await ask(Buffer.from([1, 0, 0, 0, 1, 65]))).toBe(String(status.UNIMPLEMENTED));
    expect(await ask(Buffer.alloc(0))).toBe(String(status.INTERNAL));
  });
});
