/** Grafana's HTTP API, as far as the check of the import needs it. https://grafana.com/docs/grafana/latest/developers/http_api/ */

const TIMEOUT_MS = 15_000;
const MAX_SAID = 300;

export class GrafanaProblem extends Error {
  override readonly name = "GrafanaProblem";
}

export interface GrafanaAddress {
  readonly url: string;
  /** A service account's token, or `user:password`. */
  readonly auth: string;
}

export class Grafana {
  readonly #base: string;
  readonly #auth: string;
  readonly #authorization: string;

  /** @throws GrafanaProblem for an address that is none */
  constructor({ url, auth }: GrafanaAddress) {
    if (!URL.canParse(url) || !/^https?:/.test(url))
      throw new GrafanaProblem(
        `GRAFANA_URL: got ${JSON.stringify(url)}; allowed: an http:// or https:// address; fix: write Grafana's own`,
      );
    this.#base = url.replace(/\/+$/, "");
    this.#auth = auth;
    this.#authorization = auth.includes(":")
      ? `Basic ${Buffer.from(auth, "utf8").toString("base64")}`
      : `Bearer ${auth}`;
  }

  /** @throws GrafanaProblem where it cannot be reached, or does not do it; without the token, whatever Grafana says */
  async ask(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown> {
    const what = `${method} ${path}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: {
          authorization: this.#authorization,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new GrafanaProblem(
        `${what}: got ${this.#silent(reasonOf(error))}; allowed: an answer within ${TIMEOUT_MS / 1000} s; fix: see whether GRAFANA_URL is Grafana's address and can be reached from here`,
      );
    }
    if (!response.ok)
      throw new GrafanaProblem(
        `${what}: got ${response.status} ${this.#silent(text.replace(/\s+/g, " ").slice(0, MAX_SAID))}; allowed: 2xx; fix: ${fixOf(response.status)}`,
      );
    if (text === "") return {};
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new GrafanaProblem(
        `${what}: got a text that is no JSON; allowed: JSON; fix: see whether GRAFANA_URL is Grafana's address, and not of a page in front of it`,
      );
    }
  }

  #silent(text: string): string {
    return [this.#auth, this.#authorization.replace(/^\w+ /, "")].reduce(
      (sofar, secret) => (secret === "" ? sofar : sofar.replaceAll(secret, "…")),
      text,
    );
  }
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : error.name;
};

const fixOf = (status: number): string =>
  status === 401 || status === 403
    ? "give GRAFANA_AUTH the token of a service account that may edit dashboards, data sources and alert rules"
    : "read what Grafana says, and correct what is sent";
