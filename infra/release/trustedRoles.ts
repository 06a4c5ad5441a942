/**
 * Whose keys count, by stack: the SHA-256 of its `roles.json`. The list lies beside the letters, where whoever writes a letter could change
 * it too; this is code, of which the source digest is made and which two people review. The pack holds its own copy
 * (`policies/lib/trustedRoles.ts`): a change of keys is a change of three files. A stack that is not named here has no valid letter.
 */
export const TRUSTED_ROLES: TrustedRoles = {
  // []: nobody's yet.
  staging: "37517e5f3dc66819f61f5a7bb8ace1921282415f10551d2defa5c3eb0985b570",
};

export type TrustedRoles = Readonly<Record<string, string>>;

export const trustedOf = (trusted: TrustedRoles, stack: string): string | undefined =>
  Object.hasOwn(trusted, stack) ? trusted[stack] : undefined;

/** What whoever made or changed a list does, so that its keys count. */
export const howToEnter = (stack: string, digest: string): string =>
  `enter ${JSON.stringify(stack)}: ${JSON.stringify(digest)} in infra/release/trustedRoles.ts and policies/lib/trustedRoles.ts, by a reviewed pull request`;
