import { request, Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalError, messageOf } from "../errors";

export interface EmulatorAddress {
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
}

export interface EmulatorAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface EmulatorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly timeoutMs?: number;
}

/** Talks to the emulator as AWS's clients do; it checks no signature, so none is made. */
export class EmulatorApi {
  readonly url: string;
  private readonly agent = new Agent({ keepAlive: true, scheduling: "lifo" });

  constructor(private readonly address: EmulatorAddress) {
    this.url = `http://127.0.0.1:${address.port}`;
  }

  /** Waits until it answers. */
  async ready(limitMs: number, pollMs: number, signal: AbortSignal): Promise<void> {
    const start = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const answer = await this.send({ method: "GET", path: "/_ministack/health", timeoutMs: 1_000 }).catch(
        () => undefined,
      );
      if (answer?.status === 200) return;
      if (performance.now() - start > limitMs)
        throw new LocalError({
          what: "the emulator",
          got: `no answer in ${limitMs / 1000} s`,
          allowed: "an answer",
          fix: "try again when the machine is less busy",
        });
      await sleep(pollMs);
    }
  }

  /** A call of a service's own API; anything but success is an error. */
  async call(
    service: string,
    call: EmulatorRequest & { readonly json?: unknown },
  ): Promise<Readonly<Record<string, unknown>>> {
    const { accountId, region } = this.address;
    const answer = await this.send({
      ...call,
      headers: {
        "content-type": "application/json",
        // The emulator reads account, region and service out of it.
        authorization: `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`,
        ...call.headers,
      },
      ...(call.json === undefined ? {} : { body: JSON.stringify(call.json) }),
    });
    const text = answer.body.toString("utf8");
    if (answer.status >= 300)
      throw new LocalError({
        what: `the emulator: ${service} ${call.headers?.["x-amz-target"] ?? `${call.method} ${call.path}`}`,
        got: `${answer.status} ${text.slice(0, 300)}`,
        allowed: "success",
        fix: "see what the emulator lacks in cli/local/README.md",
      });
    return text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
  }

  dynamoDb(action: string, json: object): Promise<Readonly<Record<string, unknown>>> {
    return this.call("dynamodb", {
      method: "POST",
      path: "/",
      headers: {
        "x-amz-target": `DynamoDB_20120810.${action}`,
        "content-type": "application/x-amz-json-1.0",
      },
      json,
    });
  }

  send({ method, path, headers = {}, body, timeoutMs }: EmulatorRequest): Promise<EmulatorAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: "127.0.0.1", port: this.address.port, agent: this.agent, method, path, headers },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.once("error", reject);
          incoming.once("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              rawHeaders: incoming.rawHeaders,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      if (timeoutMs !== undefined)
        outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)));
      outgoing.once("error", (error) => reject(new Error(messageOf(error))));
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
