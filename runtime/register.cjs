/* eslint-disable @typescript-eslint/no-require-imports -- a preload is CommonJS */
/* global require, module, process, setTimeout, __dirname -- Node's own */
"use strict";

/**
 * Lets Node.js run TypeScript, and start in a fraction of the time. A preload of the program, the policy pack and
 * the commands: `node --require=./runtime/register.cjs`. What it does for speed:
 *
 * 1. TypeScript is compiled by sucrase, which keeps every line in its place: a stack trace names the right file
 *    and line without source maps. Types are checked apart (`npm run typecheck`).
 * 2. What was compiled is kept in `node_modules/.cache`, by the hash of its text: JavaScript of each TypeScript
 *    file, and V8's code of each module. A changed text is another key, so nothing stale is ever served. Where the
 *    folder can't be written, everything is compiled anew.
 * 3. The SDK takes a stack trace for each resource and each promise, and looks for a source map behind every
 *    frame. There is nothing to map, and one frame is enough to name where an error was thrown.
 * 4. Packages load much at once that is used seldom: a compiler, a package manager, two hundred services. It is
 *    loaded when it is used (`seldomUsed`).
 * 5. The SDKs do some things more often than they must (`lightened`). One of them: the engine is told of each resource
 *    three times for the debug log. `FASE_B_DEBUG_LOG=true pulumi preview --debug` shows it.
 *    `FASE_B_PLAIN_SDK=true` leaves all packages as they are.
 * 6. V8 optimises a function when it has run for longer than it does by default: in a process of seconds its compiler,
 *    which takes a processor of its own, costs more than it brings.
 *
 * https://nodejs.org/api/vm.html#vmcompilefunctioncode-params-options
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const { cachedDataVersionTag, setFlagsFromString } = require("node:v8");
const vm = require("node:vm");

const root = join(__dirname, "..");
const packages = installed();
const cacheFolder = join(packages, ".cache", "fase-b");
const sucraseVersion = require("sucrase/package.json").version;

function installed() {
  try {
    return realpathSync(join(root, "node_modules"));
  } catch ({ code }) {
    process.stderr.write(
      `error: node_modules: got none (${code}); allowed: the locked packages; fix: npm ci\n`,
    );
    return process.exit(2);
  }
}

/** Written under another name first: whoever reads at the same time sees all of it or nothing. */
function keep(folder, name, content) {
  try {
    mkdirSync(folder, { recursive: true });
    const unfinished = join(folder, `${name}.${process.pid}`);
    writeFileSync(unfinished, content);
    renameSync(unfinished, join(folder, name));
  } catch {
    // A cache only: a read-only checkout or a full disk costs time, not correctness.
  }
}

/** A file that V8 does not take, say one that a power failure cut short, is made anew by the next process. */
function forget(folder, name) {
  try {
    rmSync(join(folder, name), { force: true });
  } catch {
    // See above.
  }
}

/** @returns {Buffer | undefined} */
function kept(folder, name) {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}

const hashOf = (text) => createHash("sha256").update(text).digest("hex").slice(0, 40);

function toJavaScript(source, filename) {
  const folder = join(cacheFolder, `sucrase-${sucraseVersion}`);
  const name = `${hashOf(source)}.js`;
  const known = kept(folder, name);
  if (known) return known.toString("utf8");
  // Loaded only for a text that it has not compiled yet.
  const { transform } = require("sucrase");
  const { code } = transform(source, {
    transforms: ["typescript", "imports"],
    disableESTransforms: true,
    filePath: filename,
  });
  keep(folder, name, code);
  return code;
}

function compileTypeScript() {
  // Before `.json`: as TypeScript resolves `./part` where there is `part.ts` and `part.json`.
  const { ".json": json, ".node": native, ...others } = Module._extensions;
  for (const extension of Object.keys(Module._extensions)) delete Module._extensions[extension];
  Object.assign(Module._extensions, others, {
    ".ts": (module, filename) =>
      module._compile(toJavaScript(readFileSync(filename, "utf8"), filename), filename),
    ".json": json,
    ".node": native,
  });
}

/** What Node.js ≥ 22 has built in, for Node.js 20: V8's code of each module, kept. */
function keepCompiledCode() {
  const compile = Module.prototype._compile;
  const ownPackages = packages === join(root, "node_modules");
  const parameters = ["exports", "require", "module", "__filename", "__dirname"];
  Module.prototype._compile = function (content, filename, format) {
    // The main module is Node's own to prepare, and a module of another kind too.
    if (this.id === "." || format === "module" || content.startsWith("#!")) {
      return compile.call(this, content, filename, format);
    }
    // Kept code has lost the way to `import()`: Node.js 20 has no callback for it then.
    if (/\bimport\s*\(/.test(content)) return compile.call(this, content, filename, format);
    // The code remembers the file's name; a copy of the project that borrows these packages leaves nothing behind.
    if (!ownPackages && !filename.startsWith(packages)) return compile.call(this, content, filename, format);
    // V8 takes only code of its own version, flags and processor; the SDK changes a flag while it loads.
    const folder = join(cacheFolder, `${process.arch}-${process.version}-${cachedDataVersionTag()}`);
    const name = hashOf(`${filename}\0${content}`);
    const cachedData = kept(folder, name);
    let compiled;
    try {
      compiled = vm.compileFunction(content, parameters, {
        filename,
        cachedData,
        produceCachedData: cachedData === undefined,
      });
    } catch (error) {
      // An ES module without a sign of it, or an error that Node.js shows better.
      if (error instanceof SyntaxError) return compile.call(this, content, filename, format);
      throw error;
    }
    if (compiled.cachedData) keep(folder, name, compiled.cachedData);
    if (compiled.cachedDataRejected) forget(folder, name);
    const require = (id) => this.require(id);
    require.resolve = (request, options) => Module._resolveFilename(request, this, false, options);
    require.resolve.paths = (request) => Module._resolveLookupPaths(request, this);
    require.main = process.mainModule;
    require.extensions = Module._extensions;
    require.cache = Module._cache;
    return compiled.call(this.exports, this.exports, require, this, filename, dirname(filename));
  };
}

/** Stands in for `source-map-support/register`, which the SDK loads. */
function mapNothing() {
  let path;
  try {
    path = Module.createRequire(require.resolve("@pulumi/pulumi")).resolve("source-map-support/register");
  } catch {
    // No SDK, or a broken one: whoever needs it is told where it is loaded, and `npm run rollback` needs none.
    return;
  }
  const standIn = new Module(path, module);
  standIn.loaded = true;
  Module._cache[path] = standIn;
}

/** Stands in for a module until something of it is used. */
function deferred(load) {
  let loaded;
  const whole = () => (loaded ??= load());
  return new Proxy(function () {}, {
    get: (_, name) => {
      // As an ES module it is not copied name by name by the helpers of `import`.
      if (name === "__esModule") return true;
      const module = whole();
      return name === "default" && !(name in module) ? module : module[name];
    },
    has: (_, name) => name in whole(),
    apply: (_, self, values) => Reflect.apply(whole(), self, values),
    construct: (_, values) => Reflect.construct(whole(), values),
  });
}

/**
 * The SDK notes of each promise where it was made, to tell it where promises never end. They are still found; where
 * they were made is told with `PULUMI_DEBUG_PROMISE_LEAKS`, as the SDK's message says.
 */
function traceNoPromises(debuggable) {
  const { debuggablePromise, debugPromiseLeaks } = debuggable;
  if (debugPromiseLeaks) return;
  const { getStore } = require(join(packages, "@pulumi", "pulumi", "runtime", "state"));
  let watchesTheEnd = false;
  debuggable.debuggablePromise = (promise, context) => {
    if (!watchesTheEnd) {
      watchesTheEnd = true;
      return debuggablePromise(promise, context);
    }
    const { leakCandidates } = getStore();
    leakCandidates.add(promise);
    return promise.then(
      (value) => {
        leakCandidates.delete(promise);
        return value;
      },
      (error) => {
        leakCandidates.delete(promise);
        error.promise = promise;
        throw error;
      },
    );
  };
}

function keepNoDebugLog(log) {
  if (process.env.FASE_B_DEBUG_LOG !== "true") log.debug = () => Promise.resolve();
}

/** V8's inspector is asked about a function that becomes text, and costs every program that has none. */
function inspectLater(v8Hooks) {
  v8Hooks.isInitializedAsync = () => Promise.resolve();
}

/**
 * A policy pack's SDK reads each resource's properties again for each policy. They are the same: what a policy gets is
 * a view of them, through which nothing is written. With secrets marked, for a remediation, they are read each time.
 */
function readPropertiesOnce(deserialize) {
  const { deserializeProperties } = deserialize;
  const known = new WeakMap();
  deserialize.deserializeProperties = (struct, marksSecrets) => {
    if (marksSecrets) return deserializeProperties(struct, marksSecrets);
    let properties = known.get(struct);
    if (!properties) known.set(struct, (properties = deserializeProperties(struct, marksSecrets)));
    return properties;
  };
}

/** gRPC's classes of clients, each made when the first such client is. */
const clientsLater = (loadGrpc) => ({
  makeGenericClientConstructor: (...definition) =>
    deferred(() => loadGrpc().makeGenericClientConstructor(...definition)),
});

/** A pack's one use of gRPC is to answer, by less code here. Who else loads the package gets it as it is. */
const answerByLessCode = () => ({
  Server: require("./analyzerServer.ts").AnalyzerServer,
  ServerCredentials: { createInsecure: () => undefined },
});

/**
 * What packages load at once and use seldom or never: the file that loads, what it loads, and what stands in for that
 * where it is not `deferred`.
 */
const seldomUsed = [
  // For a function that is to become text, with the packages that it uses.
  [/^@pulumi\/pulumi\//, /^(typescript|@npmcli\/arborist|normalize-package-data|fdir)$/],
  // For a program that runs the CLI.
  [/^@pulumi\/pulumi\/index\.js$/, /^\.\/automation$/],
  // For `--tracing`.
  [/^@pulumi\/pulumi\/cmd\/run\/tracing\.js$/, /^@opentelemetry\/(?!api$)/],
  // Two hundred services, of which a program needs a dozen.
  [/^@pulumi\/aws\/index\.js$/, /^\.\/(?!utilities$|provider$|tags$)\w+$/],
  // For a process that calls another one. A policy pack is called.
  [/^@pulumi\/pulumi\/(errors\.js$|runtime\/|provider\/)/, /^@grpc\/grpc-js$/],
  [/^@pulumi\/pulumi\/proto\/\w+_grpc_pb\.js$/, /^@grpc\/grpc-js$/, clientsLater],
  [/^@pulumi\/policy\/server\.js$/, /^@grpc\/grpc-js$/, answerByLessCode],
  // Messages in fifty languages.
  [/^zod\/v4\//, /^\.\.\/locales\/index\.cjs$/],
];

/**
 * What is changed of a module when it is loaded: the file that loads, the module, the function that it must have. Where the last one
 * gives something back, the file gets that for the module.
 */
const lightened = [
  [/^@pulumi\/pulumi\//, /\/log$/, "debug", keepNoDebugLog],
  [/^@pulumi\/pulumi\//, /\/debuggable$/, "debuggablePromise", traceNoPromises],
  [/^@pulumi\/pulumi\//, /\/v8Hooks$/, "isInitializedAsync", inspectLater],
  [/^@pulumi\/policy\//, /\/deserialize$/, "deserializeProperties", readPropertiesOnce],
  [/^@pulumi\/policy\//, /\/proxy$/, "unknownCheckingProxy", (sdk) => policySdk().viewOnce(sdk)],
  [/^@pulumi\/policy\//, /\/analyzer_pb$/, "AnalyzeRequest", (sdk) => policySdk().readAsAskedFor(sdk)],
  [
    /^@pulumi\/policy\//,
    /\/protoutil$/,
    "makeAnalyzeResponse",
    (sdk) => policySdk().answerOnce(sdk, messages()),
  ],
  [/^@pulumi\/policy\//, /\/server$/, "serve", (sdk) => policySdk().relateOnce(sdk)],
];

const policySdk = () => require("./policySdk.ts");
const messages = () => require(join(packages, "@pulumi", "pulumi", "proto", "analyzer_pb"));

function lightenPackages() {
  const folder = join(packages, "/");
  const done = new WeakMap();
  const load = Module._load;
  Module._load = function (request, parent, isMain) {
    if (!parent?.filename?.startsWith(folder)) return load(request, parent, isMain);
    const loader = parent.filename.slice(folder.length);
    const seldom = seldomUsed.find(([file, loaded]) => loaded.test(request) && file.test(loader));
    if (seldom) {
      const [, , standIn = deferred] = seldom;
      return standIn(() => load(request, parent, isMain));
    }
    const loaded = load(request, parent, isMain);
    for (const [file, name, member, lighten] of lightened) {
      // In a circle of modules it may not be there yet.
      if (!name.test(request) || !file.test(loader) || !loaded[member]) continue;
      if (!done.has(loaded)) done.set(loaded, lighten(loaded) ?? loaded);
      return done.get(loaded);
    }
    return loaded;
  };
}

// In bytes of bytecode that ran; 66 KiB by default. Later versions have a cheap compiler in between, and other flags.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--interrupt-budget=300000");
compileTypeScript();
if (Module.enableCompileCache) {
  Module.enableCompileCache(cacheFolder);
  // It is written at the end of a process, which a policy pack does not live to see: it is killed.
  setTimeout(() => Module.flushCompileCache?.(), 1_000).unref();
} else {
  keepCompiledCode();
}
if (process.env.FASE_B_PLAIN_SDK !== "true") {
  mapNothing();
  lightenPackages();
}
// Unless somebody asked for another number.
if (Error.stackTraceLimit === 10) Error.stackTraceLimit = 1;
