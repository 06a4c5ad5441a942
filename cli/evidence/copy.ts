import { EvidenceError } from "../../infra/evidence/record/problem";
import { writeWhole } from "../wholeFile";

/**
 * Writes a file whole or not at all, and never over another.
 *
 * @throws EvidenceError
 */
export const writeOnce = (path: string, bytes: Uint8Array, mode = 0o644): void =>
  writeWhole(path, bytes, {
    mode,
    refuse: (got) =>
      new EvidenceError({
        what: path,
        got,
        allowed: "a place without one, in a folder that can be written to",
        fix: "name another with --out",
      }),
  });
