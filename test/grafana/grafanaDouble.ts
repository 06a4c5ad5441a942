import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A test double of Grafana's HTTP API: it keeps what it is given and gives it back. It stands in for what the check asks, not for
 * what Grafana thinks of a dashboard.
 */
export interface GrafanaDouble {
  readonly url: string;
  /** What it holds, by path. */
  readonly held: ReadonlyMap<string, unknown>;
  /** Every request, `METHOD path`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Answers instead of the double where it returns something. */
export type Interference = (
  method: string,
  path: string,
  body: unknown,
) => { readonly status: number; readonly text: string } | undefined;

export const DOUBLES_TOKEN = "a-token-that-nobody-may-see";

export async function startGrafanaDouble(interfere: Interference = () => undefined): Promise<GrafanaDouble> {
  const held = new Map<string, unknown>();
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const text = Buffer.concat(parts).toString("utf8");
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      asked.push(`${method} ${url}`);
      const answer =
        headers.authorization === `Bearer ${DOUBLES_TOKEN}`
          ? (interfere(method, url, body) ?? answerOf(held, method, url.replace(/\?.*$/, ""), body))
          : // As a careless proxy would.
            { status: 401, text: JSON.stringify({ message: `no such token: ${headers.authorization}` }) };
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    held,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function answerOf(
  held: Map<string, unknown>,
  method: string,
  path: string,
  body: unknown,
): { readonly status: number; readonly text: string } {
  const ok = (value: unknown) => ({ status: 200, text: JSON.stringify(value) });
  const given = (body ?? {}) as { readonly uid?: string; readonly dashboard?: { readonly uid: string } };
  if (method === "POST" && path === "/api/dashboards/db") {
    held.set(`/api/dashboards/uid/${given.dashboard?.uid}`, {
      dashboard: { ...given.dashboard, id: 7, version: 1 },
      meta: {},
    });
    return ok({ status: "success" });
  }
  if (method === "POST") {
    held.set(path === "/api/folders" ? `${path}/${given.uid}` : `${path}/uid/${given.uid}`, body);
    return ok(body);
  }
  if (method === "PUT") {
    held.set(path, body);
    return ok(body);
  }
  if (!held.has(path)) return { status: 404, text: JSON.stringify({ message: "not found" }) };
  const found = held.get(path);
  if (method === "DELETE") held.delete(path);
  return ok(found);
}
