/** Staging labels of Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html */
export const CURRENT = "AWSCURRENT";
export const PENDING = "AWSPENDING";

export interface SecretDescription {
  readonly name: string;
  readonly rotationEnabled: boolean;
  /** Labels by version id. A version that was staged and has no value yet is among them. */
  readonly stages: ReadonlyMap<string, ReadonlySet<string>>;
  readonly createdMs: number;
  /** The last change of any kind: a value put, a label moved, a tag set. */
  readonly lastChangedMs: number;
  /** The last rotation that succeeded; undefined before the first. */
  readonly lastRotatedMs: number | undefined;
}

/** What a rotation asks of Secrets Manager. */
export interface SecretStore {
  /** @param secretId name or ARN */
  describe(secretId: string): Promise<SecretDescription>;
  /** The version's value; undefined where there is no such version, or none with a value. */
  read(secretId: string, version: string): Promise<string | undefined>;
  /** Gives the staged version its value. One that has another value already is left alone. */
  putPending(rotation: { readonly secretId: string; readonly token: string }, value: string): Promise<void>;
  /** Moves the label AWSCURRENT; Secrets Manager moves AWSPREVIOUS along. */
  makeCurrent(secretId: string, version: string, from: string | undefined): Promise<void>;
  /** Takes the label AWSPENDING from a version, which gives its rotation up. */
  dropPending(secretId: string, version: string): Promise<void>;
}

/** The version with a label, if there is one. */
export const versionWith = ({ stages }: SecretDescription, label: string): string | undefined =>
  [...stages].find(([, labels]) => labels.has(label))?.[0];

/** The version of a rotation that is under way: staged and not in force. */
export function versionInRotation(description: SecretDescription): string | undefined {
  const pending = versionWith(description, PENDING);
  return pending === versionWith(description, CURRENT) ? undefined : pending;
}
