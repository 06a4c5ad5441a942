import { readConfiguration } from "../configuration";
import type { RotateGrafanaTokenConfiguration } from "./configuration";
import { wireRotateGrafanaToken } from "./wiring";

/** The rotation of the token of Grafana, as Lambda runs it. */
export const handler = wireRotateGrafanaToken(readConfiguration<RotateGrafanaTokenConfiguration>(__dirname));
