import type { FunctionFacts } from "../configuration";
import type { ContractRoute } from "../validation/contractFacts";
import type { CredentialFacts } from "./upstream/readCredentials";
import type { SharedUpstreamSettings } from "./upstream/upstream.schema";

/** What the edge is told of its stack. */
export interface EdgeConfiguration extends FunctionFacts {
  /** After this Lambda kills it, whatever it is doing. */
  readonly hardTimeoutMs: number;
  readonly completionReserveMs: number;
  readonly lastWordMs: number;
  readonly retryAfterSeconds: number;
  readonly tables: { readonly requests: string; readonly breakers: string; readonly voice: string };
  readonly answersBucket: string;
  /** The most that two instances' clocks differ. */
  readonly clockDifferenceMs: number;
  readonly routes: readonly ContractRoute[];
  /** By client id. */
  readonly monthlyQuotas: Readonly<Record<string, number>>;
  readonly upstreams: SharedUpstreamSettings;
  /** Whom it believes when it calls an agent, and how it says who it is. */
  readonly credentials: CredentialFacts;
  readonly agents: readonly {
    readonly id: string;
    readonly domain: string;
    readonly paths: readonly string[];
    /** None where the edge itself answers: the tickets of voice sessions. */
    readonly upstream?: { readonly url: string; readonly timeoutMs: number };
  }[];
  /** For whom tickets are issued. */
  readonly voice: {
    readonly agents: readonly {
      readonly id: string;
      readonly domain: string;
      readonly clients: readonly string[];
    }[];
    readonly longestSeconds: number;
  };
}
