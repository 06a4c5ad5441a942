/**
 * The pack of `policies/`, as of a time and for a record and a source that the audit names. It is a pack of its own so that the one that
 * guards a deployment takes its clock, its letters and its evidence from nobody.
 */
import { servePack } from "../../../policies/pack";
import { readRelease } from "../../../policies/records/release";
import { fromEnvironment } from "./arguments";

const { at, root, source } = fromEnvironment(process.env);

servePack({ now: at, release: readRelease({ root, source: () => ({ digest: source }) }) });
