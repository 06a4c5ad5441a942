/**
 * The marks by which JSON stands for what JSON has no word for.
 *
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 */
import type { Json } from "../model";

export type JsonObject = { readonly [key: string]: Json };

/** Stands for a value that is known only after the deployment. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key under which an object carries its signature. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";

export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const ASSET = "c44067f5952c0a294b673a41bacd8c17";
export const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
export const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
