/* global require, __filename -- Node's own */
/* eslint-disable @typescript-eslint/no-require-imports -- `pulumi` loads a pack with require() */

// Types are checked apart (`npm run typecheck`). `pulumi` registers ts-node for every pack, which would check them
// again on each preview, for seconds; loaded through tsx's own loader, the pack is compiled without checking.
const { require: load } = require("tsx/cjs/api");

load("./index.ts", __filename);
