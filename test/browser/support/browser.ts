import { delimiter } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import type { TestContext } from "vitest";
import { LIBRARIES_VARIABLE, VARIABLES } from "./tools";

/** Where libraries were unpacked they are looked for there first. */
export function environment(): Record<string, string> {
  const libraries = [process.env[LIBRARIES_VARIABLE], process.env["LD_LIBRARY_PATH"]].filter(
    (folders): folders is string => folders !== undefined && folders !== "",
  );
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(inherited),
    ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(delimiter) }),
  };
}

/** `undefined` where there is no Chromium. */
export async function startBrowser(): Promise<Browser | undefined> {
  const executablePath = process.env[VARIABLES.chromium];
  if (executablePath === undefined) return undefined;
  // Debian's sandbox needs a set-uid helper, which an unpacked package has not; what is opened here is our own page.
  return chromium.launch({ executablePath, args: ["--no-sandbox"], env: environment() });
}

/** Without a browser the test says why it does not run. */
export function needed<T>(value: T | undefined, context: TestContext): T {
  if (value === undefined) context.skip("no Chromium: npm run test:browser says why");
  return value as T;
}

/** What a page asked for beside itself, and what it complained about. */
export interface Watched {
  readonly requests: string[];
  readonly complaints: string[];
}

export function watch(page: Page): Watched {
  const watched: Watched = { requests: [], complaints: [] };
  page.on("request", (request) => watched.requests.push(request.url()));
  page.on("console", (message) => watched.complaints.push(message.text()));
  page.on("pageerror", (error) => watched.complaints.push(error.message));
  page.on("dialog", (dialog) => {
    watched.complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return watched;
}
