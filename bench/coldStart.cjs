/* global require, process, performance -- Node's own */
"use strict";

/**
 * A fresh process that loads one bundle and answers one request. Prints milliseconds since the process began, Node.js'
 * own start included.
 *
 * - `node coldStart.cjs <bundle>`: loads it, no more.
 * - `node coldStart.cjs <bundle> <event>`: a deployed function.
 * - `node coldStart.cjs <bundle> <event> <setup>`: one of the benchmark's sides.
 */
const [bundle, event, setup] = process.argv.slice(2);
// eslint-disable-next-line @typescript-eslint/no-require-imports -- as Lambda loads a function
const exported = require(bundle);
const loadedMs = performance.now();

/** User and system time of the whole process, its threads too: what other processes do is not in it. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** After what a function may have written, on a line of its own. */
const report = (found) =>
  process.stdout.write(`\n${JSON.stringify({ loadedMs, cpuMs: cpuMs(), ...found })}`, () => process.exit(0));

const context = {
  awsRequestId: "3f2b8c1d-9e4a-4b6c-8d7e-0a1b2c3d4e5f",
  getRemainingTimeInMillis: () => 28_000,
};
const call = () =>
  setup === undefined
    ? exported.handler(JSON.parse(event), context)
    : exported.create(JSON.parse(setup)).call(JSON.parse(event));

if (event === undefined) report({});
else call().then(({ statusCode }) => report({ answeredMs: performance.now(), statusCode }));
