import type { FunctionFacts } from "../configuration";

/** What the authorizer of voice connections is told of its stack. */
export interface VoiceAuthorizerConfiguration extends FunctionFacts {
  readonly voiceTable: string;
  /** The most that two instances' clocks differ. */
  readonly clockDifferenceMs: number;
  readonly agents: readonly { readonly id: string; readonly domain: string }[];
  /** By client id. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
}
