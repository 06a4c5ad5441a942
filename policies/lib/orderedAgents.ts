/**
 * The agents that the work order is about, and its counts of them: the pack's own, by which nobody makes a clause hold by leaving
 * something out. One agent more or less is a change of the work order, and here the only one in the pack.
 */
import { stagingFacts } from "./stackFacts";

/** B8.4: all of them; B5.1: those that get their certificate; B5.4: those that have one and lack their configuration. */
export const ordered = { agents: 18, issued: 13, existing: 5 };

const numbered = (kind: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${kind}-0${at + 1}`);

/** As staging has them, each with a domain of its own name: what evidence must be of. */
export const agents: readonly { readonly id: string; readonly domain: string }[] = [
  ...numbered("chat", 5),
  ...numbered("vision", 4),
  ...numbered("avatar", 4),
  ...numbered("voice-tickets", 1),
  ...numbered("voice", 4),
].map((id) => ({ id, domain: `${id}.${stagingFacts.zoneSuffix}` }));
