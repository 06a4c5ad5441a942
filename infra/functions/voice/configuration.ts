import type { FunctionFacts } from "../configuration";
import type { CredentialFacts } from "../edge/upstream/readCredentials";
import type { VoiceLimits } from "./voiceLimits.schema";

/** What the function of voice sessions is told of its stack. */
export interface VoiceConfiguration extends FunctionFacts {
  readonly voiceTable: string;
  readonly limits: VoiceLimits;
  /** Whom it believes when it calls an agent, and how it says who it is. */
  readonly credentials: CredentialFacts;
  readonly agents: readonly {
    readonly id: string;
    readonly upstream: { readonly url: string; readonly timeoutMs: number };
  }[];
  /**
   * Where the gateway takes messages for callers: an agent's domain, any of which leads to the API, since it answers
   * nobody at its default address.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
   */
  readonly connectionsUrl: string;
}
