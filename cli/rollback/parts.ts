import { liveValues, type LiveValue } from "../../infra/secrets/liveValues";

/** What a person might take for a part of the gateway's configuration, and what a rollback does about it. */
export interface Part {
  readonly what: string;
  /** Whether pointing the stage at another deployment changes it. */
  readonly moves: boolean;
  readonly why: string;
  /** How it is put back where it is what is broken. */
  readonly otherwise: string;
}

const update = "an update of an earlier commit: `npm run deploy -- up` there";

/** The plan on the terminal and the document are both made of this. */
export const parts = {
  deployment: {
    what: "the stage's deployment: routes, integrations, validation, the gateway's own answers",
    moves: true,
    why: "a deployment is a snapshot of them, and the stage serves the one that it points at",
    otherwise: "`npm run rollback -- apply`",
  },
  authorizer: {
    what: "the authorizer: which one, over what it decides, for how long it is believed",
    moves: true,
    why: "its declaration is in the snapshot; its code is the function's, which stays",
    otherwise: "`npm run rollback -- apply`; its code by its alias, as the runbook says",
  },
  throttles: {
    what: "the stage's throttles",
    moves: false,
    why: "they are the stage's own and not the snapshot's; a route without one of its own has the default",
    otherwise: update,
  },
  plans: {
    what: "usage plans: quotas and throttles of each client",
    moves: false,
    why: "they are bound to the stage by its name; a smaller quota of an earlier day may already be used up",
    otherwise: update,
  },
  webAcl: {
    what: "the web ACL of the stage, and its rules",
    moves: false,
    why: "it is bound to the stage; whoever takes it off opens the door",
    otherwise: update,
  },
  truststore: {
    what: "the truststore's version on each domain",
    moves: false,
    why: "an earlier one cuts off whoever holds a certificate of a newer issuer, and lets in whom the newer one no longer trusts",
    otherwise: "an update in the three steps of README.md, Change the authority",
  },
  functions: {
    what: "the code of the functions",
    moves: false,
    why: "the snapshot calls the alias `live`, whatever version that is",
    otherwise: "`aws lambda update-alias`, as the runbook says",
  },
  voice: {
    what: "the WebSocket API of /realtime-voice",
    moves: false,
    why: "it is an API of its own, with deployments of its own",
    otherwise: "`aws apigatewayv2 update-stage`, as the runbook says",
  },
  data: {
    what: "what the tables hold: idempotency, locks, counts, sessions",
    moves: false,
    why: "what has happened has happened",
    otherwise: "nothing: it ends by itself",
  },
} as const satisfies Readonly<Record<string, Part>>;

export type PartId = keyof typeof parts;

/** What is never put back, by whom it is owned. From the table that the program takes its own options from. */
export const neverPutBack = (): readonly (LiveValue & { readonly name: string })[] =>
  Object.entries<LiveValue>(liveValues).map(([name, value]) => ({ ...value, name }));
