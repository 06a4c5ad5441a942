import type { FunctionFacts } from "../configuration";
import type { PlainSources } from "./sources";

/** What the authorizer is told of its stack. What changes without a deployment, it reads from the table of trust. */
export interface AuthorizerConfiguration extends FunctionFacts {
  readonly trustTable: string;
  readonly refreshMs: number;
  readonly maxAgeMs: number;
  /** The agents behind mutual TLS. */
  readonly agents: readonly {
    readonly id: string;
    readonly domain: string;
    /** e.g. `POST /chat` */
    readonly routes: readonly string[];
    readonly clients: readonly string[];
  }[];
  readonly scanning: PlainSources["scanning"];
}
