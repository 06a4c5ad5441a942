import { enter } from "../enter";
import { client, explained } from "./command";

/** Entry point of `npm run client`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

// Which Node.js this runs on is the project's to settle, and nothing that who enrols a client can do about.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

enter(
  (argv) => client(argv, { cwd: process.cwd(), env: process.env, stdout: process.stdout, loadRun }),
  explained,
);
