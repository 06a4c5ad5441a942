import { readConfiguration } from "../configuration";
import type { VoiceAuthorizerConfiguration } from "./configuration";
import { wireVoiceAuthorizer } from "./wiring";

/** The authorizer of voice connections, as Lambda runs it. */
export const handler = wireVoiceAuthorizer(readConfiguration<VoiceAuthorizerConfiguration>(__dirname));
