import { join, relative } from "node:path";
import type { Style } from "../style";
import { curlLines } from "./clientFiles";
import type { AccessLogEntry } from "./door/restDoor";
import type { Local } from "./local";
import type { Staging } from "./staging";

/** The first line's start; what waits for the command looks for it. */
export const LISTENING = "Listening on 127.0.0.1:";

/** What a person needs to begin. */
export function listing(local: Local, staging: Staging, cwd: string, style: Style): string {
  const { port, folder } = local;
  const inFolder = (name: string): string => relative(cwd, join(folder, name)) || ".";
  const http = staging.domains.filter(({ protocol }) => protocol === "http");
  const voice = staging.domains.filter(({ protocol }) => protocol === "websocket");
  const [client] = staging.clients;
  const domainOf = (route: string): string | undefined => {
    const kind = route === "/realtime-voice/tickets" ? "voice-tickets-" : `${route.slice(1)}-`;
    return http.find(({ agentId }) => agentId.startsWith(kind))?.domain;
  };
  const curls = client === undefined ? [] : curlLines(folder, cwd, port, client.clientId, domainOf);
  return [
    `${LISTENING}${port}`,
    "",
    style.bold("HTTP, with a client's certificate"),
    ...http.map(({ domain }) => `  https://${domain}:${port}`),
    style.bold("Voice, with a ticket"),
    ...voice.map(({ domain }) => `  wss://${domain}:${port}/realtime-voice`),
    style.bold("Clients"),
    ...staging.clients.map(({ clientId }) => `  ${inFolder(`clients/${clientId}`)}.{pem,key,api-key,curl}`),
    `  ${inFolder("clients/root.pem")} ${style.dim("trust this one")}`,
    style.bold("Try"),
    ...curls.map(({ command }) => `  ${command}`),
    "",
    style.dim("help lists what can be typed here; Ctrl-C ends it."),
    "",
  ].join("\n");
}

/** A line for each request. */
export function requestLine(entry: AccessLogEntry, style: Style): string {
  const { domain, method, path, status, durationMs, clientId, by } = entry;
  const paint = status < 400 ? style.green : status < 500 ? style.yellow : style.red;
  const who = clientId ?? "-";
  return `${paint(String(status))} ${method} ${domain}${path} ${who} ${by} ${durationMs.toFixed(0)} ms\n`;
}
