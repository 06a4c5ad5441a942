import { ensure, RotationProblem } from "./problem";
import { CURRENT, PENDING, versionWith, type SecretDescription, type SecretStore } from "./secretStore";

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
export const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
export type Step = (typeof steps)[number];

/** What Secrets Manager calls a rotation function with, once for each step. */
export interface RotationEvent {
  readonly step: Step;
  readonly secretId: string;
  /** The id of the version that the rotation makes. */
  readonly token: string;
}

/** One rotation, as a kind of secret sees it. */
export interface Rotation<V> {
  readonly secretName: string;
  readonly token: string;
  /** The value in force: for kinds that need it, so that the others can replace one that is spoilt. */
  readonly current: () => Promise<V>;
}

/**
 * A kind of secret. Each method may be called again after it was done, in part or in whole, and must then end as if it
 * had been called once.
 */
export interface Kind<V> {
  /** Whether a secret of that name is this kind's: the function refuses every other. */
  readonly owns: (secretName: string) => boolean;
  /** @throws RotationProblem that holds nothing of the text */
  readonly parse: (text: string) => V;
  readonly make: (rotation: Rotation<V>) => Promise<V>;
  /** Makes the new value good wherever it is looked at; the old one stays good. */
  readonly install: (rotation: Rotation<V>, pending: V) => Promise<void>;
  /** @throws when the new value would not serve */
  readonly tryOut: (rotation: Rotation<V>, pending: V) => Promise<void>;
  /**
   * Whether a value that waited for a later try is still worth it. A version's value can't be changed, so the rotation of
   * one that is not is given up, for the next one to begin with another version. @default always
   */
  readonly isFresh?: (pending: V) => boolean;
}

export type StepOutcome = "done" | "unneeded";

/**
 * One step of a rotation. Safe to repeat and to be cut off anywhere: what is done is looked for before it is done, and
 * the one label that decides moves last, in one call.
 *
 * @throws RotationProblem, or what a port threw
 */
export async function rotate<V>(
  kind: Kind<V>,
  secrets: SecretStore,
  { step, secretId, token }: RotationEvent,
): Promise<StepOutcome> {
  const description = await secrets.describe(secretId);
  const { name } = description;
  const isCurrent = checkStaged(kind.owns(name), description, token);
  if (isCurrent) return "unneeded";

  const currentVersion = versionWith(description, CURRENT);
  const rotation: Rotation<V> = {
    secretName: name,
    token,
    current: async () => kind.parse(await valueOf(secrets, secretId, name, currentVersion)),
  };
  const pending = async (): Promise<V> => kind.parse(await valueOf(secrets, secretId, name, token));
  switch (step) {
    case "createSecret":
      return create(kind, secrets, secretId, rotation);
    case "setSecret":
      await kind.install(rotation, await pending());
      return "done";
    case "testSecret":
      await kind.tryOut(rotation, await pending());
      return "done";
    case "finishSecret":
      // Else a value would be in force that nobody has put.
      await pending();
      await secrets.makeCurrent(secretId, token, currentVersion);
      return "done";
  }
}

/** @returns whether the version is in force already */
function checkStaged(
  owned: boolean,
  { name, rotationEnabled, stages }: SecretDescription,
  token: string,
): boolean {
  ensure(
    owned,
    `rotation of ${name}`,
    "a secret of another kind",
    "the secrets in this function's configuration",
    "name the function of its kind in the secret's rotation",
  );
  ensure(
    rotationEnabled,
    `rotation of ${name}`,
    "a secret without rotation",
    "one whose rotation is enabled",
    "enable it, then rotate",
  );
  const labels = stages.get(token);
  if (labels?.has(CURRENT)) return true;
  ensure(
    labels?.has(PENDING) === true,
    `rotation of ${name}, version ${token}`,
    labels === undefined ? "a version that is not staged" : "a version without the label AWSPENDING",
    "the version that Secrets Manager has staged AWSPENDING",
    "start a rotation; the function is not for other callers",
  );
  return false;
}

async function create<V>(
  kind: Kind<V>,
  secrets: SecretStore,
  secretId: string,
  rotation: Rotation<V>,
): Promise<StepOutcome> {
  const { secretName, token } = rotation;
  const put = await secrets.read(secretId, token);
  if (put === undefined) {
    await secrets.putPending({ secretId, token }, JSON.stringify(await kind.make(rotation)));
    return "done";
  }
  if (kind.isFresh?.(kind.parse(put)) ?? true) return "unneeded";
  await secrets.dropPending(secretId, token);
  throw new RotationProblem(
    `rotation of ${secretName}, version ${token}`,
    "a value that waited too long for this try",
    "one that lasts until the next rotation and the overlap",
    "none by hand: the version is no longer staged, and the next rotation makes another; rotate now to have it sooner",
  );
}

async function valueOf(
  secrets: SecretStore,
  secretId: string,
  name: string,
  version: string | undefined,
): Promise<string> {
  const value = version === undefined ? undefined : await secrets.read(secretId, version);
  if (value !== undefined) return value;
  throw new RotationProblem(
    `rotation of ${name}`,
    `no value in version ${version ?? "AWSCURRENT"}`,
    "a value",
    "run the rotation from its first step; a secret without any value is seeded by the program",
  );
}
