import { readConfiguration } from "../configuration";
import type { AuthorizerConfiguration } from "./configuration";
import { wireAuthorizer } from "./wiring";

/** The authorizer, as Lambda runs it. */
export const handler = wireAuthorizer(readConfiguration<AuthorizerConfiguration>(__dirname));
