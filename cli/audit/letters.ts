import { existsSync } from "node:fs";
import { join } from "node:path";
import { readCollectors } from "../../infra/evidence/record/collectorKeys";
import { believedBy } from "../../infra/release/believed";
import { letterFile, readLetters } from "../../infra/release/letter";
import type { Letter, Phase } from "../../infra/release/letter.schema";
import { readRoles, ROLES_FILE } from "../../infra/release/roleKeys";
import { STAGING } from "../../infra/release/stackFacts";
import { trustedOf, type TrustedRoles } from "../../infra/release/trustedRoles";
import { isRefusal, verifyLetter, type LetterInput } from "../../infra/release/verifyLetter";
import { UsageError } from "../usageError";
import type { KickOff, LetterRow } from "./model";
import { instantText } from "./words";

export interface LettersInput {
  /** The folder that has `stacks/<stack>/` in it. */
  readonly root: string;
  /** The stack that is audited. */
  readonly stack: string;
  readonly source: string;
  readonly nowMs: number;
  /** Whose keys count. */
  readonly trustedRoles: TrustedRoles;
  /** See {@link believedBy}. */
  readonly believed: LetterInput["believed"];
}

export { believedBy };

interface Judged extends LetterRow {
  readonly letter?: Letter;
}

/**
 * What was signed, of both phases: the one that starts the work is staging's, the one that releases lies with the stack that it releases.
 *
 * @throws UsageError, ReleaseError for a letter or a list of keys that cannot be read
 */
export function lettersOf(input: LettersInput): {
  readonly kickOff: KickOff;
  readonly letters: readonly LetterRow[];
  /** The valid one that starts the work. */
  readonly letter?: Letter;
} {
  const { letter, ...faseA } = judge(input, "fase-a", STAGING.stack);
  const faseB: LetterRow =
    input.stack === STAGING.stack
      ? {
          phase: "fase-b",
          title: TITLES["fase-b"],
          valid: false,
          says: `${STAGING.stack} needs none; a letter of Fase B lies with the stack that it releases`,
        }
      : withoutLetter(judge(input, "fase-b", input.stack));
  return {
    kickOff:
      letter === undefined
        ? { set: false, because: "there is no valid Carta GO Fase A" }
        : {
            set: true,
            at: letter.startsAt,
            letter: `stacks/${STAGING.stack}/letters/${letterFile("fase-a", letter.number, "envelope")}`,
          },
    letters: [faseA, faseB],
    ...(letter && { letter }),
  };
}

const TITLES: Readonly<Record<Phase, string>> = { "fase-a": "Carta GO Fase A", "fase-b": "Carta GO Fase B" };

const withoutLetter = ({ phase, title, valid, says }: Judged): LetterRow => ({ phase, title, valid, says });

function judge(
  { root, source, nowMs, trustedRoles, believed }: LettersInput,
  phase: Phase,
  stack: string,
): Judged {
  const folder = join(root, "stacks", stack);
  const row = { phase, title: TITLES[phase] };
  if (!existsSync(join(folder, ROLES_FILE)))
    return { ...row, valid: false, says: `nobody may sign one for ${stack}: it has no ${ROLES_FILE}` };
  const result = verifyLetter({
    files: readLetters(folder),
    roles: readRoles(folder),
    trustedRoles: trustedOf(trustedRoles, stack),
    collectors: readCollectors(join(root, "stacks", STAGING.stack)),
    stack,
    phase,
    sourceDigest: source,
    nowMs,
    believed,
  });
  if (isRefusal(result)) {
    if (result.unreadable) throw new UsageError(result.refusal);
    return { ...row, valid: false, says: result.refusal };
  }
  const { letter, signers, payloadSha256 } = result;
  const signed = signers.map(({ role, holder }) => `${role} (${holder})`).join(", ");
  return {
    ...row,
    valid: true,
    says:
      `number ${letter.number}, ${letter.decision}, from ${instantText(letter.startsAt)} until ${instantText(letter.expiresAt)}, ` +
      `signed by ${signed}; SHA-256 of what is signed ${payloadSha256}`,
    letter,
  };
}
