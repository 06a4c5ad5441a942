/** A stack as the engine describes it to a pack, built by hand: what the work order asks for, and nothing else. */

export interface Provider {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Record<string, unknown>;
}

const project = "fase-b";
export const stackName: string = "staging";

/** What bounds every role of this account. */
export const boundaryOf = (account: string): string =>
  `arn:aws:iam::${account}:policy/fase-b-account-boundary`;

export class TestResource {
  /** For each property, whose values it takes. */
  readonly takesFrom: Record<string, TestResource[]> = {};
  /** Ordered after these, without taking a value. */
  readonly dependsOn: TestResource[] = [];
  /** Properties that an update leaves as they are. */
  ignoreChanges: readonly string[] = [];
  /** Nothing deletes it. */
  isProtected = false;
  /** URNs under which it may have been known. */
  aliases: readonly string[] = [];
  provider: Provider | undefined;
  /** Of the stack that it is in. */
  stack = stackName;

  constructor(
    readonly type: string,
    readonly name: string,
    readonly props: Record<string, unknown>,
    readonly parent?: TestResource,
  ) {}

  get urn(): string {
    const types = this.parent ? `${this.parent.type}$${this.type}` : this.type;
    return `urn:pulumi:${this.stack}::${project}::${types}::${this.name}`;
  }

  allDependencies(): readonly TestResource[] {
    return [...new Set([...this.dependsOn, ...Object.values(this.takesFrom).flat()])];
  }

  /** Says from whom a property's value comes. */
  from(property: string, ...sources: TestResource[]): this {
    this.takesFrom[property] = sources;
    return this;
  }

  /** Orders the resource after others. */
  after(...others: TestResource[]): this {
    this.dependsOn.push(...others);
    return this;
  }

  ignoring(...properties: string[]): this {
    this.ignoreChanges = properties;
    return this;
  }

  protect(isProtected = true): this {
    this.isProtected = isProtected;
    return this;
  }

  /** The object or list at a path such as `settings` or `rules.0.action`. */
  at(path: string): Record<string, unknown> {
    return path
      .split(".")
      .reduce<Record<string, unknown>>((value, key) => value[key] as Record<string, unknown>, this.props);
  }

  /** Sets, or with `undefined` removes, the property at a path such as `settings.dataTraceEnabled`. */
  set(path: string, value: unknown): this {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const owner = keys.length === 0 ? this.props : this.at(keys.join("."));
    if (value === undefined) delete owner[last];
    else owner[last] = value;
    return this;
  }

  /** Changes a property that holds JSON text. */
  json(property: string, change: (value: Record<string, unknown>) => void): this {
    const value = JSON.parse(String(this.props[property])) as Record<string, unknown>;
    change(value);
    return this.set(property, JSON.stringify(value));
  }
}

export class TestStack {
  readonly resources: TestResource[] = [];

  add(type: string, name: string, props: Record<string, unknown>, parent?: TestResource): TestResource {
    const resource = new TestResource(type, name, props, parent);
    this.resources.push(resource);
    return resource;
  }

  ofType(type: string): TestResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The one resource of this type, or of this type and name. */
  get(type: string, name?: string): TestResource {
    const [found, ...more] = this.ofType(type).filter(
      (resource) => name === undefined || resource.name === name,
    );
    if (!found || more.length > 0)
      throw new Error(`${1 + more.length} resources of ${type} ${name ?? ""}; expected one`);
    return found;
  }

  /** The first of several alike. */
  first(type: string): TestResource {
    const [found] = this.ofType(type);
    if (!found) throw new Error(`no resource of ${type}`);
    return found;
  }

  /** As if another stack had all of it. */
  rename(stack: string): void {
    for (const resource of this.resources) resource.stack = stack;
  }

  /** Takes a resource out; what took values from it takes none now. */
  remove(...gone: TestResource[]): void {
    for (const resource of gone) {
      this.resources.splice(this.resources.indexOf(resource), 1);
      for (const { takesFrom, dependsOn } of this.resources) {
        for (const [property, sources] of Object.entries(takesFrom)) {
          takesFrom[property] = sources.filter((source) => source !== resource);
        }
        const at = dependsOn.indexOf(resource);
        if (at >= 0) dependsOn.splice(at, 1);
      }
    }
  }
}
