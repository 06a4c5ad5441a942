import { readConfiguration } from "../configuration";
import type { TrustWatchConfiguration } from "./configuration";
import { wireTrustWatch } from "./wiring";

/** The watch over all that ends or grows old, as Lambda runs it. */
export const handler = wireTrustWatch(readConfiguration<TrustWatchConfiguration>(__dirname));
