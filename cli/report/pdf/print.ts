import { delimiter } from "node:path";
import { findChromium } from "./chromium";
import { pagesOf } from "./pages";

/** What a page looks like on paper. */
export interface Printed {
  readonly pdf: Uint8Array;
  /** Of the report without its annex. */
  readonly bodyPages: number;
  readonly pages: number;
}

/** The whole and the body alone, as pages of HTML. */
export interface Printable {
  readonly whole: string;
  readonly body: string;
}

export type Print = (pages: Printable) => Promise<Printed | { readonly notPrinted: string }>;

/** How long a Chromium may take to start and to print: one that hangs must not hang the command. */
export interface Limits {
  readonly startMs: number;
  readonly printMs: number;
}
/** Far more than the longest report takes on a busy machine. */
const LIMITS: Limits = { startMs: 60_000, printMs: 120_000 };

/** Prints by a Chromium that is there; says why where it cannot. */
export const printBy =
  (env: NodeJS.ProcessEnv, projectDir: string, { startMs, printMs }: Limits = LIMITS): Print =>
  async ({ whole, body }) => {
    const found = findChromium(env, projectDir);
    if (found === undefined) return { notPrinted: "there is no Chromium" };
    if (typeof found === "string") return { notPrinted: found };
    const playwright = loadPlaywright();
    if (playwright === undefined) return { notPrinted: "there is no playwright-core: npm ci installs it" };
    const libraries = [...found.libraries, env["LD_LIBRARY_PATH"]].filter(
      (folder): folder is string => folder !== undefined && folder !== "",
    );
    const inherited = Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
    try {
      const browser = await playwright.chromium.launch({
        executablePath: found.path,
        // Debian's sandbox needs a set-uid helper, which an unpacked package has not; what is opened here is our own page, without scripts.
        args: ["--no-sandbox"],
        timeout: startMs,
        env: {
          ...inherited,
          ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(delimiter) }),
        },
      });
      try {
        const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
        const printed = async (html: string): Promise<Uint8Array> => {
          const page = await context.newPage();
          await page.setContent(html);
          return page.pdf({ preferCSSPageSize: true, printBackground: true });
        };
        const both = async (): Promise<Printed> => {
          const pdf = await printed(whole);
          return { pdf, pages: pagesOf(pdf), bodyPages: pagesOf(await printed(body)) };
        };
        return await within(printMs, both());
      } finally {
        // One that answers no more is killed, half a minute later.
        await browser.close();
      }
    } catch (error) {
      const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return { notPrinted: `${found.path} does not print: ${line.slice(0, 200)}` };
    }
  };

/** @throws Error where it takes longer; what was begun goes on, until whatever it waits for ends. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${Math.round(ms / 1000)} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** It is for development: where only what runs was installed it is not there. */
function loadPlaywright(): typeof import("playwright-core") | undefined {
  try {
    // By `require`, since `import()` would bypass the hook that compiles TypeScript.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("playwright-core") as typeof import("playwright-core");
  } catch {
    return undefined;
  }
}
