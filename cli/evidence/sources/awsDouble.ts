import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { vi } from "vitest";

/** A request as the service got it. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** `FilterLogEvents`, of the services that name what is asked in a header. */
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body's JSON, where it is some. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ServiceReply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Breaks the connection after the body's first half. */
  readonly cut?: boolean;
}

/** One of AWS's services on this machine's loopback, for the SDK's own clients: what goes over the wire is theirs. */
export interface AwsDouble {
  readonly requests: readonly ServiceRequest[];
  /** For the client's constructor. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  close(): Promise<void>;
}

export async function startAwsDouble(
  answer: (request: ServiceRequest, index: number) => ServiceReply,
): Promise<AwsDouble> {
  const requests: ServiceRequest[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://double");
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const body = Buffer.concat(parts);
      const asked: ServiceRequest = {
        method: request.method ?? "",
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        operation: headers["x-amz-target"]?.replace(/^.*\./, "") ?? "",
        headers,
        body,
        input: jsonOf(body),
      };
      const index = requests.push(asked) - 1;
      const reply = answer(asked, index);
      const bytes = Buffer.from(
        typeof reply.body === "string"
          ? reply.body
          : reply.body === undefined
            ? ""
            : JSON.stringify(reply.body),
      );
      response.writeHead(reply.status ?? 200, { "content-length": bytes.length, ...reply.headers });
      if (reply.cut) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      else response.end(bytes);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    client: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "an-example" },
      maxAttempts: 3,
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** A refusal as the services that speak JSON write it. */
export const refusal = (name: string, status = 400): ServiceReply => ({
  status,
  headers: { "content-type": "application/json", "x-amzn-errortype": name },
  body: { __type: name, message: "jane.doe@example.com may not" },
});

/** A refusal as the bucket writes it. */
export const bucketRefusal = (name: string, status: number): ServiceReply => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${name}</Code><Message>jane.doe@example.com may not</Message></Error>`,
});

/** The SDK draws its waits before another attempt at random, up to a limit: drawn zero, a test waits for nothing. */
export const withoutWaits = (): void => void vi.spyOn(Math, "random").mockReturnValue(0);

/** No session is found anywhere, and none is asked for over the network. */
export function withoutSession(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere/config");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
}

function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString("utf8")) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
