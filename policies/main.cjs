/* global require -- Node's own */
/* eslint-disable @typescript-eslint/no-require-imports -- `pulumi` loads a pack with require() */

// Types are checked apart (`npm run typecheck`). `pulumi` registers ts-node for every pack, which would check them
// again on each preview, for seconds; the hook, registered after it, compiles the pack without checking.
require("../runtime/register.cjs");

require("./index.ts");
