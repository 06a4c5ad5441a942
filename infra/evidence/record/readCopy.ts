import { readFolder } from "../../shared/readFolder";
import { MAX_ENVELOPE_BYTES } from "./envelope";
import { EvidenceError } from "./problem";
import type { EvidenceFile } from "./verify";

/**
 * All files of a copy of the evidence; none where there is none.
 *
 * @throws EvidenceError for a link, or what cannot be read
 */
export const readCopy = (folder: string): readonly EvidenceFile[] =>
  readFolder(folder, {
    maxFiles: 100_000,
    maxBytes: MAX_ENVELOPE_BYTES,
    refuse: (what, got) =>
      new EvidenceError({
        what,
        got,
        allowed: "a copy of the evidence: folders and files that can be read, no links",
        fix: "get the right to read it, or name the copy's folder with --from",
      }),
  });
