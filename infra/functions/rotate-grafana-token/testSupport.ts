import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Token {
  readonly id: number;
  readonly name: string;
  readonly key: string;
  readonly endsMs: number;
}

/**
 * A test double of Grafana on loopback: the tokens of one service account, as its HTTP API's documents tell them.
 *
 * @see https://grafana.com/docs/grafana/latest/developers/http_api/serviceaccount/
 */
export class GrafanaDouble {
  readonly tokens = new Map<number, Token>();
  /** Answers so until it is undefined again. */
  failsWith: number | undefined;
  readonly #server: Server;
  #made = 0;

  private constructor(private readonly nowMs: () => number) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => (body += part));
      request.on("end", () => {
        const bearer = (request.headers.authorization ?? "").replace(/^Bearer /, "");
        const { status, json } = this.#answer(request.method ?? "", request.url ?? "", bearer, body);
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
      });
    });
  }

  static async start(nowMs: () => number): Promise<GrafanaDouble> {
    const double = new GrafanaDouble(nowMs);
    await new Promise<void>((done) => double.#server.listen(0, "127.0.0.1", done));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  add(name: string, secondsToLive: number): Token {
    this.#made += 1;
    const token = {
      id: this.#made,
      name,
      key: `glsa_example_${this.#made}_${"x".repeat(20)}`,
      endsMs: this.nowMs() + secondsToLive * 1000,
    };
    this.tokens.set(token.id, token);
    return token;
  }

  opens(key: string): boolean {
    return [...this.tokens.values()].some((token) => token.key === key && token.endsMs > this.nowMs());
  }

  #answer(method: string, url: string, bearer: string, body: string): { status: number; json: unknown } {
    if (this.failsWith !== undefined)
      return { status: this.failsWith, json: { message: `failed for ${bearer}` } };
    if (!this.opens(bearer)) return { status: 401, json: { message: "Invalid API key" } };
    const [, id] = /^\/api\/serviceaccounts\/7\/tokens(?:\/(\d+))?$/.exec(url) ?? [];
    if (!url.startsWith("/api/serviceaccounts/7/tokens"))
      return { status: 404, json: { message: "Not found" } };
    if (method === "GET")
      return {
        status: 200,
        json: [...this.tokens.values()].map(({ id: tokenId, name }) => ({ id: tokenId, name })),
      };
    if (method === "DELETE")
      return this.tokens.delete(Number(id))
        ? { status: 200, json: { message: "Service account token deleted" } }
        : { status: 404, json: { message: "Service account token not found" } };
    const { name, secondsToLive } = JSON.parse(body) as { name: string; secondsToLive: number };
    if ([...this.tokens.values()].some((token) => token.name === name))
      return { status: 409, json: { message: "Token name already exists" } };
    const { id: made, key } = this.add(name, secondsToLive);
    return { status: 200, json: { id: made, name, key } };
  }
}
