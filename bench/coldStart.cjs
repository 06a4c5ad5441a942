/* global require, process, performance -- Node's own */
"use strict";

/**
 * A fresh process that loads one bundle and answers one request: `node coldStart.cjs <bundle> [<setup> <event>]`. Prints
 * milliseconds since the process began, Node.js' own start included. Without a setup it only loads.
 */
const [bundle, setup, event] = process.argv.slice(2);
/** User and system time of the whole process, its threads too: what other processes do is not in it. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
// eslint-disable-next-line @typescript-eslint/no-require-imports -- as Lambda loads a function
const exported = require(bundle);
const loadedMs = performance.now();

if (setup === undefined)
  process.stdout.write(JSON.stringify({ loadedMs, cpuMs: cpuMs() }), () => process.exit(0));
else
  exported
    .create(JSON.parse(setup))
    .call(JSON.parse(event))
    .then(({ statusCode }) => {
      const answeredMs = performance.now();
      process.stdout.write(JSON.stringify({ loadedMs, answeredMs, cpuMs: cpuMs(), statusCode }), () =>
        process.exit(0),
      );
    });
