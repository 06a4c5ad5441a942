/* global require -- Node's own */
/* eslint-disable @typescript-eslint/no-require-imports -- a pack is loaded with require() */
require("../../../runtime/register.cjs");

require("./index.ts");
