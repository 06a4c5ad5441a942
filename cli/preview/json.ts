import type { Json } from "./model";

export type JsonObject = { readonly [key: string]: Json };

/** `Array.isArray` does not narrow a read-only list. */
export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

export const isObject = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);
