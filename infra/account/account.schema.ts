import { z } from "zod";
import { account } from "../settings/account.schema";

const { id, region, hostedZoneId } = account.shape;

/** A text without a star, a question mark or a variable, whatever else it holds: what is compared with it is compared exactly. */
const exact = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w./@:-]+$/);

/** What the account's own stack is told. It is small on purpose: whatever can be worked out of it is. */
export const accountSettings = z.strictObject({
  id,
  region,
  hostedZoneId,
  repository: z.strictObject({
    /**
     * What GitHub puts before `:environment:` in a token's `sub`. Repositories made since June 2026 have numbers in it, which no other
     * repository gets after them. https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
     */
    subject: exact.regex(/^repo:[^/:]+\/[^/:]+$/).meta({
      allowed: "repo:<owner>/<name> as GitHub says it",
      fix: "copy what stands before the colon of the context, from the repository's settings (Actions, OIDC)",
    }),
    /** Another repository of the same name has another one. */
    id: z
      .string()
      .regex(/^\d{1,15}$/)
      .meta({
        allowed: "the repository's number",
        fix: "gh api repos/<owner>/<name> --jq .id",
      }),
    /** From which updates are made. */
    branch: exact.meta({ allowed: "a branch's name", fix: "write it without refs/heads/" }),
  }),
  /** Who deploys; the same name stands in `fase-b:secrets` → `operatorRoles`. */
  deployRole: z.string().regex(/^[\w+=,.@-]{1,64}$/),
});
export type AccountSettings = z.infer<typeof accountSettings>;

/** Staging's account has roles that only look; production's has the one that deploys. */
export type Environment = "staging" | "production";
