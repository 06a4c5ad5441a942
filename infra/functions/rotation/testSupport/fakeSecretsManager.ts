import { CURRENT, PENDING, type SecretDescription, type SecretStore } from "../secretStore";
import { steps } from "../rotate";

interface Version {
  value: string | undefined;
  createdMs: number;
  readonly labels: Set<string>;
}

interface Secret {
  rotationEnabled: boolean;
  readonly createdMs: number;
  lastChangedMs: number;
  lastRotatedMs: number | undefined;
  /** The version of a rotation that did not end well: the service tries the whole of it again. */
  unfinished: string | undefined;
  readonly versions: Map<string, Version>;
}

const PREVIOUS = "AWSPREVIOUS";

/**
 * Secrets Manager in memory, as its API reference tells it: versions and labels, a value that can't be put twice, and the
 * service's side of a rotation.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export class FakeSecretsManager implements SecretStore {
  readonly #secrets = new Map<string, Secret>();
  #made = 0;

  constructor(private readonly nowMs: () => number) {}

  seed(name: string, value: unknown, rotationEnabled = true): string {
    const version = this.newToken();
    const nowMs = this.nowMs();
    this.#secrets.set(name, {
      rotationEnabled,
      createdMs: nowMs,
      lastChangedMs: nowMs,
      lastRotatedMs: undefined,
      unfinished: undefined,
      versions: new Map([
        [version, { value: JSON.stringify(value), createdMs: nowMs, labels: new Set([CURRENT]) }],
      ]),
    });
    return version;
  }

  newToken(): string {
    this.#made += 1;
    return `00000000-0000-4000-8000-${String(this.#made).padStart(12, "0")}`;
  }

  enable(name: string, rotationEnabled: boolean): void {
    this.#secret(name).rotationEnabled = rotationEnabled;
  }

  /**
   * The service's side of a rotation: stages a version without a value, then calls the function step by step. A rotation
   * that was not finished is taken up again with its version, from the first step.
   *
   * @throws what the function threw; the version stays staged
   */
  async rotate(
    name: string,
    handler: (event: unknown) => Promise<unknown>,
    token = this.newToken(),
  ): Promise<string> {
    const secret = this.#secret(name);
    const staged = this.#with(secret, PENDING);
    // A staged version that is not in force is a rotation under way, for the service too.
    const unfinished = staged !== this.#with(secret, CURRENT) ? staged : secret.unfinished;
    const version = unfinished ?? token;
    secret.unfinished = version;
    if (unfinished === undefined) {
      this.#unlabel(secret, PENDING);
      const nowMs = this.nowMs();
      secret.versions.set(version, { value: undefined, createdMs: nowMs, labels: new Set([PENDING]) });
      secret.lastChangedMs = nowMs;
    }
    for (const Step of steps) await handler({ Step, SecretId: this.arn(name), ClientRequestToken: version });
    secret.unfinished = undefined;
    if (this.#with(secret, CURRENT) === version) secret.lastRotatedMs = this.nowMs();
    return version;
  }

  arn(name: string): string {
    return `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-a1B2c3`;
  }

  describe(secretId: string): Promise<SecretDescription> {
    const [name, secret] = this.#find(secretId);
    return Promise.resolve({
      name,
      rotationEnabled: secret.rotationEnabled,
      stages: new Map(
        [...secret.versions]
          .filter(([, { labels }]) => labels.size > 0)
          .map(([version, { labels }]) => [version, new Set(labels)]),
      ),
      createdMs: secret.createdMs,
      lastChangedMs: secret.lastChangedMs,
      lastRotatedMs: secret.lastRotatedMs,
    });
  }

  read(secretId: string, version: string): Promise<string | undefined> {
    return Promise.resolve(this.#find(secretId)[1].versions.get(version)?.value);
  }

  putPending(
    { secretId, token }: { readonly secretId: string; readonly token: string },
    value: string,
  ): Promise<void> {
    const [, secret] = this.#find(secretId);
    const found = secret.versions.get(token);
    // Refused with ResourceExistsException, which the adapter takes for "another run was first".
    if (found?.value !== undefined) return Promise.resolve();
    this.#unlabel(secret, PENDING);
    secret.versions.set(token, {
      value,
      createdMs: this.nowMs(),
      labels: new Set([...(found?.labels ?? []), PENDING]),
    });
    secret.lastChangedMs = this.nowMs();
    return Promise.resolve();
  }

  makeCurrent(secretId: string, version: string, from: string | undefined): Promise<void> {
    const [, secret] = this.#find(secretId);
    const current = this.#with(secret, CURRENT);
    if (current !== undefined && current !== from)
      return Promise.reject(
        Object.assign(new Error("label elsewhere"), { name: "InvalidParameterException" }),
      );
    const found = secret.versions.get(version);
    if (found === undefined)
      return Promise.reject(Object.assign(new Error("no version"), { name: "ResourceNotFoundException" }));
    this.#unlabel(secret, CURRENT);
    found.labels.add(CURRENT);
    if (current !== undefined && current !== version) {
      this.#unlabel(secret, PREVIOUS);
      secret.versions.get(current)?.labels.add(PREVIOUS);
    }
    secret.lastChangedMs = this.nowMs();
    return Promise.resolve();
  }

  dropPending(secretId: string, version: string): Promise<void> {
    const [, secret] = this.#find(secretId);
    secret.versions.get(version)?.labels.delete(PENDING);
    if (secret.unfinished === version) secret.unfinished = undefined;
    secret.lastChangedMs = this.nowMs();
    return Promise.resolve();
  }

  versionTimes(secretId: string): Promise<ReadonlyMap<string, number>> {
    const [, secret] = this.#find(secretId);
    return Promise.resolve(
      new Map(
        [...secret.versions]
          .filter(([, { value }]) => value !== undefined)
          .map(([version, { createdMs }]) => [version, createdMs]),
      ),
    );
  }

  /** For tests: the value in force. */
  current<T>(name: string): T {
    const secret = this.#secret(name);
    const value = secret.versions.get(this.#with(secret, CURRENT) ?? "")?.value;
    if (value === undefined) throw new Error(`${name} has no value in force`);
    return JSON.parse(value) as T;
  }

  /** For tests: every version that has the label. */
  async labelled(name: string, label: string): Promise<readonly string[]> {
    const { stages } = await this.describe(name);
    return [...stages].filter(([, labels]) => labels.has(label)).map(([version]) => version);
  }

  #with(secret: Secret, label: string): string | undefined {
    return [...secret.versions].find(([, { labels }]) => labels.has(label))?.[0];
  }

  #unlabel(secret: Secret, label: string): void {
    for (const { labels } of secret.versions.values()) labels.delete(label);
  }

  #secret(name: string): Secret {
    return this.#find(name)[1];
  }

  #find(secretId: string): readonly [string, Secret] {
    const name = secretId.startsWith("arn:") ? secretId.split(":").slice(6).join(":").slice(0, -7) : secretId;
    const secret = this.#secrets.get(name);
    if (secret === undefined)
      throw Object.assign(new Error("no such secret"), { name: "ResourceNotFoundException" });
    return [name, secret];
  }
}
