/** An instance of a function ends in the middle of its work. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** Cuts a run off at one call of a port: before it happens, or after it has happened and before anybody hears of it. */
export class Crashes {
  #calls = 0;
  #at: { readonly call: number; readonly when: "before" | "after" } | undefined;

  /** From here on, cuts off at the call of that number (from 1). */
  arm(call: number, when: "before" | "after"): void {
    this.#calls = 0;
    this.#at = { call, when };
  }

  /** @returns whether the armed call came */
  disarm(): boolean {
    const came = this.#at !== undefined && this.#calls >= this.#at.call;
    this.#at = undefined;
    return came;
  }

  /** The same port, whose calls are counted and one of which may be cut off. */
  over<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...args: readonly unknown[]): Promise<unknown> => {
          this.#calls += 1;
          const dies = (when: "before" | "after"): boolean =>
            this.#at?.call === this.#calls && this.#at.when === when;
          const call = this.#calls;
          if (dies("before")) throw new Crash(`before call ${call}`);
          const diesAfter = dies("after");
          const answer: unknown = await Reflect.apply(member, target, args);
          if (diesAfter) throw new Crash(`after call ${call}`);
          return answer;
        };
      },
    });
  }
}
