/** Serves the pack. The only place that reads the clock and asks for files: rules get both as arguments. */
import { join } from "node:path";
import { servePack } from "./pack";
import { readRelease } from "./records/release";
import { sourceOf } from "./records/source";

/** The repository, whose source is what this pack lies beside. */
const root = join(__dirname, "..");

servePack({ now: new Date(), release: readRelease({ root, source: () => sourceOf(root) }) });
