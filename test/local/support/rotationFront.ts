import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Reported by the wrapper when an invocation begins. */
const INSTANCE_PATH = "/_rotation/instance/";

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/**
 * Stands between functions and the emulator, and adds what the emulator's Secrets Manager lacks: a staged version that has no
 * value yet, the refusal of another value for a version, and a label's one place. Kills the instance that asks at a call of one's choice, before
 * the emulator hears of it or after.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export class RotationFront {
  /** Versions without a value, by the secret's name. */
  readonly staged = new Map<string, string>();
  readonly #withValue = new Set<string>();
  readonly #server: Server;
  #calls = 0;
  #at: { readonly call: number; readonly when: "before" | "after" } | undefined;
  #pid: number | undefined;
  killed = 0;

  private constructor(private readonly emulatorUrl: string) {
    this.#server = createServer((incoming, response) => {
      this.#serve(incoming, response).catch(() => response.destroy());
    });
  }

  static async start(emulatorUrl: string): Promise<RotationFront> {
    const front = new RotationFront(emulatorUrl);
    await new Promise<void>((done) => front.#server.listen(0, "127.0.0.1", done));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  arm(call: number, when: "before" | "after"): void {
    this.#calls = 0;
    this.#at = { call, when };
  }

  /** @returns whether the call came */
  disarm(): boolean {
    const came = this.#at !== undefined && this.#calls >= this.#at.call;
    this.#at = undefined;
    return came;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = incoming.url ?? "";
    if (url.startsWith(INSTANCE_PATH)) {
      this.#pid = Number(url.slice(INSTANCE_PATH.length));
      response.end();
      return;
    }
    this.#calls += 1;
    const at = this.#at?.call === this.#calls ? this.#at : undefined;
    if (at?.when === "before") return this.#kill(response);
    const answer = await this.#perform(incoming, Buffer.concat(chunks));
    if (at?.when === "after") return this.#kill(response);
    response
      .writeHead(answer.status, without(answer.headers, "transfer-encoding", "content-length"))
      .end(answer.body);
  }

  /** The instance's own process: it was given by the instance, whose parent is the emulator of this test. */
  #kill(response: ServerResponse): void {
    if (this.#pid === undefined) throw new Error("no instance has told its process");
    process.kill(this.#pid, "SIGKILL");
    this.killed += 1;
    response.destroy();
  }

  async #perform(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const [service, action] = String(incoming.headers["x-amz-target"] ?? "").split(".");
    if (service !== "secretsmanager") return this.#forward(incoming, body);
    const input = JSON.parse(body.toString("utf8")) as Readonly<Record<string, string>>;
    const version = `${nameOf(input["SecretId"])}/${input["ClientRequestToken"]}`;
    if (action === "PutSecretValue" && this.#withValue.has(version))
      return {
        status: 400,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: Buffer.from(JSON.stringify({ __type: "ResourceExistsException", message: "another value" })),
      };
    const answer = await this.#forward(incoming, body);
    if (action === "PutSecretValue" && answer.status === 200) {
      this.#withValue.add(version);
      this.staged.delete(nameOf(input["SecretId"]));
      await this.#labelOneVersion(incoming, input["SecretId"] ?? "", input["ClientRequestToken"] ?? "");
    }
    return action === "DescribeSecret" && answer.status === 200 ? this.#withStaged(answer) : answer;
  }

  /** A label stands on one version: the emulator leaves AWSPENDING on those before. */
  async #labelOneVersion(incoming: IncomingMessage, SecretId: string, version: string): Promise<void> {
    const call = (action: string, input: object): Promise<Answer> =>
      this.#forward(incoming, Buffer.from(JSON.stringify(input)), `secretsmanager.${action}`);
    const { body } = await call("DescribeSecret", { SecretId });
    const { VersionIdsToStages } = JSON.parse(body.toString("utf8")) as {
      VersionIdsToStages: Readonly<Record<string, readonly string[]>>;
    };
    for (const [other, labels] of Object.entries(VersionIdsToStages))
      if (other !== version && labels.includes("AWSPENDING"))
        await call("UpdateSecretVersionStage", {
          SecretId,
          VersionStage: "AWSPENDING",
          RemoveFromVersionId: other,
        });
  }

  #withStaged(answer: Answer): Answer {
    const described = JSON.parse(answer.body.toString("utf8")) as {
      Name: string;
      VersionIdsToStages: object;
    };
    const staged = this.staged.get(described.Name);
    if (staged === undefined) return answer;
    const VersionIdsToStages = { [staged]: ["AWSPENDING"], ...described.VersionIdsToStages };
    return { ...answer, body: Buffer.from(JSON.stringify({ ...described, VersionIdsToStages })) };
  }

  /** @param target in the place of the request's own */
  #forward(incoming: IncomingMessage, body: Buffer, target?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...without(incoming.headers, "host", "connection", "content-length"),
        "content-length": String(body.byteLength),
        ...(target === undefined ? {} : { "x-amz-target": target }),
      };
      const outgoing = request(
        `${this.emulatorUrl}${incoming.url}`,
        { ...(incoming.method === undefined ? {} : { method: incoming.method }), headers },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.once("error", reject);
          answer.once("end", () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
}

/** Headers of one hop are not the next one's. */
const without = (
  headers: NodeJS.Dict<string | string[]>,
  ...names: readonly string[]
): NodeJS.Dict<string | string[]> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

/** A name, or the name in an ARN: without the six characters that Secrets Manager puts behind it. */
const nameOf = (secretId = ""): string =>
  secretId.startsWith("arn:") ? secretId.split(":").slice(6).join(":").slice(0, -7) : secretId;

/**
 * Beside an unchanged `index.js`: points the SDK at the front, which the emulator allows no function to be told, and tells
 * which process runs.
 */
export const WRAPPER = `
const url = process.env.ROTATION_FRONT;
process.env.AWS_ENDPOINT_URL = url;
const { handler } = require("./index.js");
exports.handler = async (event) => {
  await fetch(url + "${INSTANCE_PATH}" + process.pid);
  return handler(event);
};
`;
