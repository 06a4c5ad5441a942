/** Changes inside plain data, by a path. */
import type { Json } from "../../cli/preview/model";
import type { Edit, Path } from "./mutant";

type Writable = null | boolean | number | string | Writable[] | { [key: string]: Writable };
type ValueEdit = Extract<
  Edit,
  { set: Path } | { drop: Path } | { text: Path } | { add: Path } | { append: Path }
>;

/** As `set`, and it may be what stands there: then the relation alone changes. */
interface Put {
  readonly put: Path;
  readonly to: Json;
}

const GONE: unique symbol = Symbol("gone");

export const stepsOf = (path: Path): readonly string[] => (typeof path === "string" ? path.split(".") : path);

const same = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other);

function indexOf(list: readonly Writable[], step: string): number {
  const [, key, wanted] = /^([^=]+)=(.*)$/.exec(step) ?? [];
  if (key === undefined) return Number(step) < 0 ? list.length + Number(step) : Number(step);
  const found = list.flatMap((element, index) => {
    const value =
      typeof element === "object" && element !== null && !Array.isArray(element) ? element[key] : null;
    return value !== null && value !== undefined && String(value) === wanted ? [index] : [];
  });
  return found.length === 1 ? (found[0] ?? -1) : -1;
}

/**
 * @param change gets what stands there, which may be nothing at the last step, and gives what is to stand there
 * @throws when the path leads nowhere: a mutant that changes nothing would prove nothing
 */
function at(
  value: Writable,
  steps: readonly string[],
  change: (was: Writable | undefined) => Writable | typeof GONE,
  walked: readonly string[] = [],
): Writable | typeof GONE {
  const [step, ...rest] = steps;
  const here = [...walked, step ?? ""];
  const nowhere = (): never => {
    throw new Error(`a mutant's path leads nowhere at ${here.join(".")}: correct it`);
  };
  if (step === undefined) return change(value);
  const next = (inner: Writable | undefined): Writable | typeof GONE => {
    if (inner === undefined && rest.length > 0) return nowhere();
    return rest.length === 0 ? change(inner) : at(inner ?? null, rest, change, here);
  };
  if (step === "#") {
    if (typeof value !== "string") return nowhere();
    const changed = next(JSON.parse(value) as Writable);
    return changed === GONE ? GONE : JSON.stringify(changed);
  }
  if (Array.isArray(value)) {
    const index = indexOf(value, step);
    if (!(index >= 0 && index < value.length)) return nowhere();
    const changed = next(value[index]);
    return changed === GONE
      ? value.filter((_, other) => other !== index)
      : value.map((element, other) => (other === index ? changed : element));
  }
  if (typeof value !== "object" || value === null) return nowhere();
  const changed = next(value[step]);
  const result = { ...value };
  if (changed === GONE) delete result[step];
  else result[step] = changed;
  return result;
}

const copy = (value: Json): Writable => JSON.parse(JSON.stringify(value)) as Writable;

/** The object with one thing changed. */
export function edited(
  object: { readonly [key: string]: Json },
  edit: ValueEdit | Put,
): { [key: string]: Json } {
  const apply = (
    path: Path,
    change: (was: Writable | undefined) => Writable | typeof GONE,
  ): { [key: string]: Json } => {
    const result = at(copy(object), stepsOf(path), (was) => {
      const now = change(was);
      if (!("put" in edit) && now !== GONE && was !== undefined && same(was, now))
        throw new Error(`a mutant's edit at ${stepsOf(path).join(".")} changes nothing: correct it`);
      return now;
    });
    return result as { [key: string]: Writable };
  };
  if ("put" in edit) return apply(edit.put, () => copy(edit.to));
  if ("set" in edit) return apply(edit.set, () => copy(edit.to));
  if ("drop" in edit)
    return apply(edit.drop, (was) => {
      if (was === undefined)
        throw new Error(`nothing stands at ${stepsOf(edit.drop).join(".")}: correct the mutant`);
      return GONE;
    });
  if ("text" in edit)
    return apply(edit.text, (was) => {
      if (typeof was !== "string" || !was.includes(edit.from))
        throw new Error(`no text "${edit.from}" at ${stepsOf(edit.text).join(".")}: correct the mutant`);
      return was.replaceAll(edit.from, () => edit.to);
    });
  if ("add" in edit)
    return apply(edit.add, (was) => {
      if (typeof was !== "number")
        throw new Error(`no number at ${stepsOf(edit.add).join(".")}: correct the mutant`);
      return was + edit.by;
    });
  return apply(edit.append, (was) => {
    if (!Array.isArray(was))
      throw new Error(`no list at ${stepsOf(edit.append).join(".")}: correct the mutant`);
    return [...was, copy(edit.item)];
  });
}
