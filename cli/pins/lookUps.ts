import type { Pins } from "../../infra/pins/pins";
import { actionCommit, type GitOptions } from "./actionCommit";
import { imageDigest, LookUpError, type RegistryOptions } from "./registry";

/** What became of one pin. */
export type Outcome =
  /** It is as `pins.json` says, and was asked of the registry before. */
  | { readonly what: "same" }
  /** It is as public files said, which its registry now confirms. */
  | { readonly what: "confirmed"; readonly found: string }
  /** It was unpinned. */
  | { readonly what: "found"; readonly found: string }
  | { readonly what: "differs"; readonly found: string; readonly pinned: string; readonly by: string }
  /** Nobody knows, and nothing changes. */
  | { readonly what: "unknown"; readonly because: string };

export interface LookedUp {
  readonly kind: "images" | "actions";
  readonly name: string;
  readonly version: string;
  readonly from: string;
  readonly outcome: Outcome;
}

export interface Sources {
  readonly registry?: RegistryOptions;
  readonly git?: GitOptions;
}

/** Asks for each pin where it comes from; whatever does not answer leaves its pin as it is. */
export async function lookUpAll(pins: Pins, sources: Sources = {}): Promise<readonly LookedUp[]> {
  const all: LookedUp[] = [];
  for (const [name, pin] of Object.entries(pins.images)) {
    const by = "lookedUp" in pin ? pin.lookedUp.by : undefined;
    const outcome = await compared(pin.digest, by, () =>
      imageDigest(pin.image, pin.version, sources.registry),
    );
    all.push({ kind: "images", name, version: pin.version, from: pin.image, outcome });
  }
  for (const [name, pin] of Object.entries(pins.actions)) {
    const by = "lookedUp" in pin ? pin.lookedUp.by : undefined;
    const outcome = await compared(pin.commit, by, () => actionCommit(name, pin.version, sources.git));
    all.push({ kind: "actions", name, version: pin.version, from: name, outcome });
  }
  return all;
}

async function compared(
  pinned: string,
  by: string | undefined,
  ask: () => Promise<string>,
): Promise<Outcome> {
  let found: string;
  try {
    found = await ask();
  } catch (error) {
    if (error instanceof LookUpError) return { what: "unknown", because: error.message };
    throw error;
  }
  if (by === undefined) return { what: "found", found };
  if (found !== pinned) return { what: "differs", found, pinned, by };
  return by === "registry" ? { what: "same" } : { what: "confirmed", found };
}

/**
 * The pins with what was looked up. What differs stays as it is unless it is accepted by name: a tag that moved is what pins are
 * there against.
 *
 * @param today a calendar day in UTC
 */
export function pinsWith(
  pins: Pins,
  all: readonly LookedUp[],
  accepted: ReadonlySet<string>,
  today: string,
): Pins {
  const images: Record<string, unknown> = { ...pins.images };
  const actions: Record<string, unknown> = { ...pins.actions };
  for (const { kind, name, version, from, outcome } of all) {
    const isTaken =
      outcome.what === "found" ||
      outcome.what === "confirmed" ||
      (outcome.what === "differs" && accepted.has(name));
    if (!isTaken) continue;
    if (kind === "images") {
      const how = `the bytes of the manifest that the registry gives of ${from}:${version}`;
      const lookedUp = { on: today, by: "registry", how };
      images[name] = { image: from, version, digest: outcome.found, lookedUp };
    } else {
      const how = `git ls-remote of refs/tags/${version} of the repository on GitHub, peeled to its commit`;
      actions[name] = { version, commit: outcome.found, lookedUp: { on: today, by: "registry", how } };
    }
  }
  return { images, actions } as Pins;
}
