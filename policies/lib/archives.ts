/**
 * Reading what a function's archive is made of.
 *
 * The SDK's assets hold what they are as promises, and through the proxy that watches for unknown values no promise can be
 * awaited: https://github.com/pulumi/pulumi-policy/blob/main/sdk/nodejs/policy/proxy.ts
 */
import { text } from "./values";

export interface ArchiveFile {
  readonly name: string;
  /** Of a file beside the program; empty for what is none. */
  readonly path: string;
  /** Written out in the program; empty for what is not. */
  readonly text: string;
}

const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (Reflect.get(value, key) as unknown) : undefined;

/** The value itself, for a look at all of it at once: unknown values in it are texts that say nothing. */
export const behindProxy = (value: unknown): unknown => member(value, "__getSpecialProxyTarget") ?? value;

/** The named files of an archive, in the order of their names; `undefined` for an archive of another kind. */
export async function filesOf(archive: unknown): Promise<readonly ArchiveFile[] | undefined> {
  const files = await member(behindProxy(archive), "assets");
  if (typeof files !== "object" || files === null) return undefined;
  return Promise.all(
    Object.keys(files)
      .sort()
      .map(async (name) => {
        const file = member(files, name);
        return { name, path: text(await member(file, "path")), text: text(await member(file, "text")) };
      }),
  );
}
