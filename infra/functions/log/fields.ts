import { denyReasons } from "../authorizer/denyReasons";
import { voiceDenyReasons } from "../voice-authorizer/denyReasons";
import { errorClasses, errorCodes } from "./errors";
import { flag, gatewayId, integer, knownName, knownPath, oneOf, uuid, type FieldType } from "./fieldTypes";

export const functionNames = [
  "edge",
  "authorizer",
  "voice",
  "voice-authorizer",
  "rotate-client-keys",
  "rotate-edge-certificate",
  "rotate-prober-certificates",
  "rotate-scanner-certificate",
  "rotate-grafana-token",
  "rotate-stage-certificate",
  "trust-watch",
  "announce",
] as const;

/** The contract's operations; a test holds the two together. The WebSocket's routes are API Gateway's own names. */
export const routeIds = [
  "POST /chat",
  "POST /vision",
  "POST /avatar",
  "POST /realtime-voice/tickets",
  "$connect",
  "$disconnect",
  "$default",
] as const;
export type RouteId = (typeof routeIds)[number];

/** How a request ended, in one word. */
export const outcomes = [
  "allowed",
  "denied",
  "answered",
  "replayed",
  /** The same key is in flight. */
  "conflict",
  /** The same key with another payload. */
  "mismatch",
  "locked",
  "invalid",
  "too-large",
  "over-quota",
  "over-rate",
  "breaker-open",
  "upstream-failed",
  "upstream-timeout",
  "store-failed",
  /** A step of a rotation, or another task of a schedule. */
  "done",
  /** The same, where there was nothing left to do. */
  "unneeded",
  "fault",
] as const;

/** Steps of a rotation, Secrets Manager's four and the schedule's, and what follows it. */
export const stepNames = [
  "createSecret",
  "setSecret",
  "testSecret",
  "finishSecret",
  "retire",
  "replace",
  "watch",
  /** One announcement to one of those who are told. */
  "announce",
] as const;

/** Who signs. */
export const authorityRoles = ["root", "clients-issuer", "services-issuer"] as const;
export type AuthorityRole = (typeof authorityRoles)[number];

const oneOfRoutes = oneOf(routeIds);
/** The route of that name, if the contract has it. */
export const asRouteId = (value: unknown): RouteId | undefined =>
  oneOfRoutes.accepts(value) ? value : undefined;

/** Ids of the settings, that only they choose. */
export interface SettingsNames {
  readonly clientIds: readonly string[];
  readonly agentIds: readonly string[];
  /** Names of secrets. @default none */
  readonly secretNames?: readonly string[];
}

/**
 * Every field that a log line may have, in the order of the line. What is not here cannot be logged. There is no form for
 * free text, and no subject: a user's id stays out of the log though it is opaque.
 */
export function logFieldTypes(names: SettingsNames) {
  return {
    functionName: oneOf(functionNames),
    correlationId: uuid,
    /** The gateway's request id; a caller can set it, so only a UUID is taken. */
    requestId: uuid,
    /** The gateway's id that no caller can choose. */
    extendedRequestId: gatewayId,
    /** Lambda's own. */
    invocationId: uuid,
    route: oneOf(routeIds),
    agentId: knownName<"agent">(names.agentIds),
    clientId: knownName<"client">(names.clientIds),
    /** A secret's name; never more of it. */
    secret: knownPath<"secret">(names.secretNames ?? []),
    /** The id of a secret's version. */
    secretVersion: uuid,
    step: oneOf(stepNames),
    authority: oneOf(authorityRoles),
    outcome: oneOf(outcomes),
    denyReason: oneOf([...denyReasons, ...voiceDenyReasons]),
    /** Why a voice session ended: the contract's `closeCode`. */
    closeCode: integer(4000, 4999),
    status: integer(100, 599),
    upstreamStatus: integer(100, 599),
    attempts: integer(0, 100),
    requestBytes: integer(0, 20_000_000),
    responseBytes: integer(0, 20_000_000),
    coldStart: flag,
    errorClass: oneOf(errorClasses),
    errorCode: oneOf(errorCodes),
  } as const;
}

type FieldTypes = ReturnType<typeof logFieldTypes>;
export type LogFieldName = keyof FieldTypes;
/** What a caller may pass: a text is no UUID and no client until it has been looked at. */
export type LogFields = {
  readonly [K in LogFieldName]?: FieldTypes[K] extends FieldType<infer T> ? T : never;
};
