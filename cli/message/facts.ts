import type { Letter } from "../../infra/release/letter.schema";
import type { Audit } from "../audit/model";

/** What the messages say beside the order's own words: of the audit, the letter and the settings, all as of one instant. */
export interface Facts {
  readonly audit: Pick<
    Audit,
    | "stack"
    | "at"
    | "summary"
    | "kickOff"
    | "milestones"
    | "blocks"
    | "clauses"
    | "exceptions"
    | "evidence"
    | "letters"
  >;
  /** The valid Carta GO Fase A; absent where there is none. */
  readonly letter?: Pick<Letter, "number" | "decision" | "conditions" | "informe" | "startsAt" | "expiresAt">;
  /** Where evidence is announced. */
  readonly channel: string;
}

export const RECIPIENTS = ["api-sec-01", "code"] as const;
export type Recipient = (typeof RECIPIENTS)[number];

/** As the order names them. */
export const RECIPIENT_NAMES: Readonly<Record<Recipient, string>> = {
  "api-sec-01": "API-SEC-01",
  code: "CODE",
};
