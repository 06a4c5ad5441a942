import { readFileSync } from "node:fs";
import { enter } from "../enter";
import { reviewsCommand } from "./command";

/** Entry point of `npm run reviews`. */

enter((argv) =>
  reviewsCommand(argv, {
    env: process.env,
    stdout: process.stdout,
    readFile: (path) => readFileSync(path, "utf8"),
  }),
);
