/**
 * Answers too large for an item. The bucket behind it encrypts by our key and expires objects after the claims' window;
 * this interface only puts and gets.
 */
export interface ObjectStore {
  /** Writes the whole object or throws; a repeat with the same bytes is harmless. */
  put(step: string, key: string, bytes: Uint8Array): Promise<void>;
  /** @returns `undefined` where there is no such object */
  get(step: string, key: string): Promise<Uint8Array | undefined>;
}

/** For tests and for a machine without AWS. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();

  put(_step: string, key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(key, bytes);
    return Promise.resolve();
  }

  get(_step: string, key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.objects.get(key));
  }
}
