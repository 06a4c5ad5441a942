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
      new EvidenceError(
        {
          what,
          got: got === "ENOTDIR" ? "a file" : got,
          allowed: "a copy of the evidence: folders and files that can be read, no links",
          fix: fixes[got] ?? "name the folder of a copy with --from",
        },
        true,
      ),
  });

const fixes: Readonly<Record<string, string>> = {
  ENOTDIR: "name the folder of the copy, not a file of it",
  EACCES: "get the right to read it",
  EPERM: "get the right to read it",
  "no plain file": "put the file itself there, or take it out of the copy",
};
