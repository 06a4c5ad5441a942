import { readConfiguration } from "../configuration";
import type { AnnounceConfiguration } from "./configuration";
import { wireAnnounce } from "./wiring";

/** The announcer of deployments and rotations, as Lambda runs it. */
export const handler = wireAnnounce(readConfiguration<AnnounceConfiguration>(__dirname));
