/* global require -- Node's own */
/* eslint-disable @typescript-eslint/no-require-imports -- `pulumi` loads a pack with require() */

// Types are checked apart (`npm run typecheck`). `pulumi` registers ts-node for every pack, which would check them
// again on each preview, for seconds; tsx, registered after it, compiles the pack without checking.
// The loader is registered for the whole process: tsx's own `require` would load the SDK's messages a second time,
// and the pack's answers would no longer be instances of the classes that send them.
require("tsx/cjs/api").register();

require("./index.ts");
