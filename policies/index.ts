/** Serves the pack. The only place that reads the clock and the environment, and asks for files: rules get them as arguments. */
import { join } from "node:path";
import { servePack } from "./pack";
import { divertedBy } from "./records/endpoints";
import { readRelease } from "./records/release";
import { sourceOf } from "./records/source";

/** The repository, whose source is what this pack lies beside. */
const root = join(__dirname, "..");

const release = readRelease({ root, source: () => sourceOf(root), divertedBy: divertedBy(process.env) });

servePack({ now: new Date(), release });
// The program is still loading, and this takes as long as all that is judged at the stack's end.
setImmediate(release.source);
