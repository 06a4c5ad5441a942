import type { Item, Value } from "../../store/store";
import { missingItem, type TrustTable } from "../trustTable";

/** The table of trust in memory, with DynamoDB's ADD and DELETE on sets. */
export class MemoryTrustTable implements TrustTable {
  readonly items = new Map<string, Item>();

  put(item: Item): void {
    this.items.set(item.id, item);
  }

  texts(id: string, attribute: string): readonly string[] {
    const value = this.items.get(id)?.[attribute];
    return value instanceof Set ? [...value] : [];
  }

  item(id: string): Promise<Item | undefined> {
    return Promise.resolve(this.items.get(id));
  }

  add(id: string, attribute: string, texts: readonly string[], makes: boolean): Promise<void> {
    if (texts.length === 0) return Promise.resolve();
    if (!makes && !this.items.has(id)) return Promise.reject(missingItem(id));
    this.#set(id, attribute, new Set([...this.texts(id, attribute), ...texts]));
    return Promise.resolve();
  }

  remove(id: string, attribute: string, texts: readonly string[]): Promise<void> {
    if (this.items.has(id))
      this.#set(id, attribute, new Set(this.texts(id, attribute).filter((text) => !texts.includes(text))));
    return Promise.resolve();
  }

  /** A set that is empty is none. */
  #set(id: string, attribute: string, texts: ReadonlySet<string>): void {
    const { [attribute]: _, ...others }: Record<string, Value> = this.items.get(id) ?? {};
    this.items.set(id, { ...others, ...(texts.size === 0 ? {} : { [attribute]: texts }), id });
  }
}
