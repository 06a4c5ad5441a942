/**
 * The Carta GO (B0.2), as the pack reads it. What makes one valid is written here a second time, apart from the program's own reading:
 * a mistake in one of them is not in the other.
 */
import { stagingFacts } from "../stackFacts";
import { show } from "../values";
import { readCanonical } from "./canonical";
import { notInText } from "./letterText";
import { openEnvelope, sha256, signatureHolds, type Envelope } from "./dsse";
import type { FoundFile, ReleaseRecord, StackRecord } from "./record";
import { letterRoles, readRoles, whyNotInForce, type RoleKey } from "./roles";
import { payloadType, readPayload, type Letter, type Phase } from "./payload";

export type { Letter, Phase } from "./payload";

/** Why there is no valid letter, in one line: which file, what, got, allowed. */
export interface Refusal {
  readonly refusal: string;
}

/** True where a piece of evidence with this digest is believed and the clause is met. */
export type Believed = (clause: string, sha256: string) => boolean;

export const isRefusal = (answer: Letter | Refusal): answer is Refusal => "refusal" in answer;

/** A letter of 20 conditions and 200 resources is a tenth of it. */
const mostBytes = 1024 * 1024;
const stackName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The letter of this phase in `stacks/<stack>/letters/`, where everything about it holds at `nowMs`; else the first that does not.
 *
 * @param stack the one that `fase-b` releases; of `fase-a` it is staging
 */
export function validLetter(
  record: ReleaseRecord,
  stack: string,
  phase: Phase,
  nowMs: number,
  believed: Believed,
): Letter | Refusal {
  const isStaging = stack === stagingFacts.stack;
  if (isStaging !== (phase === "fase-a") || !stackName.test(stack))
    return refuse(
      "the stack",
      show(stack),
      phase === "fase-a" ? stagingFacts.stack : "a stack that is not staging",
    );
  if (phase === "fase-b" && record.divertedBy !== undefined)
    return refuse(
      "the environment",
      record.divertedBy,
      "AWS' own endpoints, since who answers elsewhere can say it is any account",
    );
  const found = record.ofStack(stack);
  const [defect] = found.defects;
  if (defect !== undefined) return refuse(`stacks/${stack}`, defect, "files that can be read");
  const newest = newestOf(found, stack, phase);
  if ("refusal" in newest) return newest;
  const { file, name, letter, envelope } = newest;
  const refused = (got: string, allowed: string): Refusal => refuse(file, got, allowed);

  const foreign = whyForeign(record, found, stack);
  if (foreign !== undefined) return refuse(`stacks/${stack}/roles.json`, foreign.got, foreign.allowed);
  const unsigned = whyUnsigned(found, letter, envelope, nowMs);
  if (unsigned !== undefined) return refused(unsigned.got, unsigned.allowed);
  const { collectors } = record.ofStack(stagingFacts.stack);
  if (!collectors || sha256(collectors) !== letter.collectors)
    return refused(
      `the collectors ${letter.collectors}`,
      `those of stacks/${stagingFacts.stack}/collectors.json, ${collectors ? sha256(collectors) : "which is not there"}`,
    );
  const text = found.letters.find(({ path }) => path === `${name}.md`);
  const other = !text
    ? "no file"
    : sha256(text.bytes) === letter.text
      ? notInText(letter, text.bytes)
      : "another text";
  if (other !== undefined)
    return refuse(`stacks/${stack}/letters/${name}.md`, other, "the text that was signed");
  // It was issued by then: no letter starts before its issue.
  if (!(Date.parse(letter.startsAt) <= nowMs))
    return refused(
      `a letter of ${letter.issuedAt} that holds from ${letter.startsAt} on`,
      `one that holds at ${new Date(nowMs).toISOString()}`,
    );
  if (!(nowMs < Date.parse(letter.expiresAt)))
    return refused(`an end at ${letter.expiresAt}`, `one after ${new Date(nowMs).toISOString()}`);
  if (letter.decision === "NO-GO") return refused("the letter says NO-GO", "GO, or GO condicional");
  const open = letter.conditions.find(({ clause, evidence }) => !believed(clause, evidence));
  if (open)
    return refused(
      `the condition ${open.id} without its evidence of ${open.clause}, ${open.evidence}`,
      "evidence that is there and believed, of a clause that is met",
    );
  if (phase === "fase-b") {
    const source = record.source();
    if ("defect" in source) return refuse("the source", source.defect, "the source that was released");
    if (source.digest !== letter.sourceDigest)
      return refused(`the source ${letter.sourceDigest}`, `the one that is deployed, ${source.digest}`);
  }
  return letter;
}

const refuse = (file: string, got: string, allowed: string): Refusal => ({
  refusal: `${file}: got ${got}; allowed: ${allowed}`,
});

interface Newest {
  /** From the repository's root. */
  readonly file: string;
  readonly name: string;
  readonly envelope: Envelope;
  readonly letter: Letter;
}

/** The letter with the highest number, behind an unbroken chain of those before it; nothing of it is believed yet. */
function newestOf({ letters }: StackRecord, stack: string, phase: Phase): Newest | Refusal {
  const folder = `stacks/${stack}/letters`;
  const byNumber = new Map<number, FoundFile>();
  for (const file of letters) {
    const [, ofPhase, digits, ending] =
      /^(fase-[ab])-(\d{3})(\.md|\.json|\.dsse\.json)$/.exec(file.path) ?? [];
    // Under a name that is nearly one, a letter that takes another back would not be seen.
    if (ofPhase === undefined || Number(digits) === 0)
      return refuse(
        `${folder}/${show(file.path)}`,
        "a name of no letter",
        "<phase>-<NNN>.md, .json or .dsse.json",
      );
    if (ofPhase === phase && ending === ".dsse.json") byNumber.set(Number(digits), file);
  }
  let newest: Newest | undefined;
  let previous: string | undefined;
  for (let number = 1; number <= byNumber.size; number++) {
    const name = `${phase}-${String(number).padStart(3, "0")}`;
    const found = byNumber.get(number);
    if (!found) return refuse(folder, `no ${name}.dsse.json before a later one`, "every number from 001 on");
    const file = `${folder}/${found.path}`;
    const read = openLetter(found.bytes);
    if (typeof read === "string") return refuse(file, read, "a letter in its signed envelope (DSSE)");
    const { letter } = read;
    if (letter.phase !== phase || letter.number !== number || letter.stack !== stack)
      return refuse(
        file,
        `${letter.phase} ${letter.number} of ${letter.stack} in it`,
        "the phase, number and stack by which it is kept",
      );
    if (letter.previous !== previous)
      return refuse(
        file,
        `${letter.previous ?? "none"} as the letter before it`,
        previous ?? "none, since it is the first",
      );
    newest = { file, name, ...read };
    previous = sha256(read.envelope.payload);
  }
  return newest ?? refuse(folder, `no letter of ${phase}`, `${phase}-001.dsse.json, signed by three`);
}

function openLetter(bytes: Uint8Array): { readonly envelope: Envelope; readonly letter: Letter } | string {
  if (bytes.length > mostBytes) return `more than ${mostBytes} bytes`;
  const envelope = openEnvelope(bytes);
  if (typeof envelope === "string") return envelope;
  if (envelope.payloadType !== payloadType) return `a payload of type ${show(envelope.payloadType)}`;
  const letter = readPayload(readCanonical(envelope.payload)?.value);
  return typeof letter === "string" ? letter : { envelope, letter };
}

/** Whether the list of keys is the one that reviewers have entered: the letter's own word for it is the writer's. */
function whyForeign(
  { trustedRoles }: ReleaseRecord,
  { roles }: StackRecord,
  stack: string,
): { readonly got: string; readonly allowed: string } | undefined {
  // That there is none is said of the letter.
  if (!roles) return undefined;
  const [digest, entered] = [sha256(roles), trustedRoles(stack)];
  if (entered === undefined)
    return {
      got: `${digest}, while whose keys count here nobody has entered`,
      allowed: "a list whose digest policies/lib/trustedRoles.ts has",
    };
  return digest === entered
    ? undefined
    : { got: digest, allowed: `the list of policies/lib/trustedRoles.ts, ${entered}` };
}

/** Three signatures, of three keys, of three roles, of three persons: each of them in force when it was signed and now. */
function whyUnsigned(
  { roles }: StackRecord,
  letter: Letter,
  envelope: Envelope,
  nowMs: number,
): { readonly got: string; readonly allowed: string } | undefined {
  if (!roles) return { got: "no roles.json beside it", allowed: "the list of the roles' keys" };
  const keys = readRoles(roles);
  if (typeof keys === "string")
    return { got: `in roles.json ${keys}`, allowed: "the list of the roles' keys" };
  if (sha256(roles) !== letter.roles)
    return { got: `the roles ${letter.roles}`, allowed: `those of roles.json, ${sha256(roles)}` };
  const allowed = `three signatures, by ${letterRoles.join(", ")}, of three persons`;
  if (envelope.signatures.length !== letterRoles.length)
    return { got: `${envelope.signatures.length} signatures`, allowed };
  const signers: RoleKey[] = [];
  for (const signature of envelope.signatures) {
    const key = keys.find(({ keyId }) => keyId === signature.keyId);
    if (!key) return { got: `a signature by ${signature.keyId}, which is no role's key`, allowed };
    if (!signatureHolds(envelope, signature, key.publicKey))
      return { got: `a signature by ${signature.keyId} that is not of this letter`, allowed };
    const why = whyNotInForce(key, Date.parse(letter.issuedAt)) ?? whyNotInForce(key, nowMs);
    if (why !== undefined)
      return {
        got: `a signature by ${signature.keyId}, which is ${why}`,
        allowed: "keys in force when it was issued and now",
      };
    signers.push(key);
  }
  const differ = (of: (key: RoleKey) => string): boolean =>
    new Set(signers.map(of)).size === letterRoles.length;
  if (!differ(({ keyId }) => keyId) || !differ(({ role }) => role) || !differ(({ holder }) => holder))
    return {
      got: `signatures by ${signers.map(({ role, holder }) => `${holder} as ${role}`).join(", ")}`,
      allowed,
    };
  return undefined;
}
