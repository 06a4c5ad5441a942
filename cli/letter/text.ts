import { renderLetter } from "../../infra/release/renderLetter";
import { ROLES, type RoleKey } from "../../infra/release/roleKeys";
import { isRefusal, type LetterRefusal, type ValidLetter } from "../../infra/release/verifyLetter";
import type { Style } from "../style";
import type { Current } from "./folder";

/** The letter, whole, and beneath it who has signed; nothing of the signatures is judged here. */
export function shown(
  { letter, payloadSha256, envelope, where }: Current,
  keys: readonly RoleKey[],
  style: Style,
): string {
  const keyIds = envelope.signatures.map(({ keyId }) => keyId);
  const known = keys.filter(({ keyId }) => keyIds.includes(keyId));
  const lines = [
    ...ROLES.map((role) => {
      const own = known.filter((key) => key.role === role);
      return own.length === 0
        ? `  ${style.yellow("?")} ${role}: not signed yet`
        : own.map(({ holder, keyId }) => `  ${style.green("+")} ${role}: ${holder}, key ${keyId}`).join("\n");
    }),
    ...keyIds
      .filter((keyId) => !known.some((key) => key.keyId === keyId))
      .map((keyId) => `  ${style.red("✗")} a key in no role: ${keyId}`),
  ];
  return `${renderLetter(letter)}\n${style.dim("---")}\n${where}\nWhat is signed has the SHA-256 ${payloadSha256}\n${lines.join("\n")}\n`;
}

/**
 * What `verify` says.
 *
 * @param missing what stands against a release beside the letter, a line each
 */
export function judged(
  result: ValidLetter | LetterRefusal,
  where: string,
  missing: readonly string[],
  json: boolean,
  style: Style,
): string {
  if (json)
    return `${JSON.stringify({ holds: !isRefusal(result) && missing.length === 0, ...result, missing }, undefined, 2)}\n`;
  const lines = missing.map((line) => `${style.red("✗")} ${line}\n`).join("");
  if (isRefusal(result)) return `${style.red("✗")} ${result.refusal}\n${lines}`;
  const { letter, payloadSha256, signers } = result;
  if (missing.length > 0)
    return `${style.red("✗")} ${where} is signed and in force (${letter.decision}, until ${letter.expiresAt}), and releases nothing: evidence is missing\n${lines}`;
  return `${style.green("✓")} ${where} holds: ${letter.decision}, until ${letter.expiresAt}
${signers.map(({ role, holder, keyId }) => `  ${role}: ${holder}, key ${keyId}\n`).join("")}  what is signed has the SHA-256 ${payloadSha256}
`;
}
