import { readConfiguration, readValidators } from "../configuration";
import type { EdgeConfiguration } from "./configuration";
import { wireEdge } from "./wiring";

/** The edge between gateway and agents, as Lambda runs it. */
export const handler = wireEdge(readConfiguration<EdgeConfiguration>(__dirname), readValidators(__dirname));
