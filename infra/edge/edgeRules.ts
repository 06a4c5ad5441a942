import { STORE_WRITE_TIMEOUT_MS } from "../data/dataRules";

/** With so much of the function's time left the edge answers whatever still runs. */
export const LAST_WORD_MS = 250;
/** The longest that a function waits for the table, the SDK's repeats included. */
export const STORE_PATIENCE_MS = STORE_WRITE_TIMEOUT_MS;
/** Of the edge's time kept from the agent, so that its answer can be written down: a little over the two above. */
export const COMPLETION_RESERVE_MS = 3_000;
