import { readConfiguration } from "../configuration";
import type { VoiceConfiguration } from "./configuration";
import { wireVoice } from "./wiring";

/** The function behind the WebSocket's routes, as Lambda runs it. */
export const handler = wireVoice(readConfiguration<VoiceConfiguration>(__dirname));
