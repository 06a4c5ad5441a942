declare module "dynalite" {
  import type { Server } from "node:http";

  /** Not started; tables stand at once with `createTableMs: 0`. */
  export default function dynalite(options?: { readonly createTableMs?: number }): Server;
}
