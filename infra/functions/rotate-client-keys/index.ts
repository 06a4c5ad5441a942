import { readConfiguration } from "../configuration";
import type { RotateClientKeysConfiguration } from "./configuration";
import { wireRotateClientKeys } from "./wiring";

/** The rotation of the clients' API keys, as Lambda runs it. */
export const handler = wireRotateClientKeys(readConfiguration<RotateClientKeysConfiguration>(__dirname));
