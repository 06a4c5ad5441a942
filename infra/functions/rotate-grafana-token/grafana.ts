import { RotationProblem } from "../rotation/problem";

export interface ListedToken {
  readonly id: number;
  readonly name: string;
}

/** What a rotation asks of Grafana: the tokens of one service account, with one of them. */
export interface GrafanaTokens {
  list(token: string): Promise<readonly ListedToken[]>;
  /** The only time that the token is seen. */
  create(
    token: string,
    made: { readonly name: string; readonly secondsToLive: number },
  ): Promise<{ readonly id: number; readonly key: string }>;
  /** One that is gone is no fault. */
  delete(token: string, id: number): Promise<void>;
}

export interface GrafanaAddress {
  readonly url: string;
  readonly serviceAccountId: number;
  readonly timeoutMs: number;
}

/** https://grafana.com/docs/grafana/latest/developers/http_api/serviceaccount/ */
export class GrafanaApi implements GrafanaTokens {
  constructor(private readonly address: GrafanaAddress) {}

  async list(token: string): Promise<readonly ListedToken[]> {
    const answer = await this.#call(token, "GET", "");
    if (!Array.isArray(answer)) throw this.#problem("no list of tokens");
    return answer.flatMap((each: unknown) => {
      const { id, name } = (each ?? {}) as Readonly<Record<string, unknown>>;
      return typeof id === "number" && typeof name === "string" ? [{ id, name }] : [];
    });
  }

  async create(
    token: string,
    made: { readonly name: string; readonly secondsToLive: number },
  ): Promise<{ readonly id: number; readonly key: string }> {
    const { id, key } = ((await this.#call(token, "POST", "", made)) ?? {}) as Readonly<
      Record<string, unknown>
    >;
    if (typeof id !== "number" || typeof key !== "string" || key === "") throw this.#problem("no new token");
    return { id, key };
  }

  async delete(token: string, id: number): Promise<void> {
    await this.#call(token, "DELETE", `/${id}`);
  }

  async #call(
    token: string,
    method: "GET" | "POST" | "DELETE",
    below: string,
    body?: object,
  ): Promise<unknown> {
    const { url, serviceAccountId, timeoutMs } = this.address;
    const answer = await fetch(`${url}/api/serviceaccounts/${serviceAccountId}/tokens${below}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Another host would get the token.
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    if (method === "DELETE" && answer.status === 404) return undefined;
    if (!answer.ok) throw this.#problem(`the status ${answer.status} to ${method}`);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw this.#problem("an answer that is no JSON");
    }
  }

  /** Never with the answer, which may hold a token. */
  #problem(got: string): RotationProblem {
    return new RotationProblem(
      "Grafana",
      got,
      "success with the token in force, which may read and write its service account's tokens",
      "see whether the token has ended or lost its rights; if so, make one by hand and seed the secret with it",
    );
  }
}
