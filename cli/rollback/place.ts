import { CORE_SCHEMA, load } from "js-yaml";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { projectAbove } from "../preview/paths";
import { UsageError } from "../usageError";
import type { StackOptions } from "../words";
import type { PlaceOptions } from "./options";

/** Which gateway is meant, and what is around it. */
export interface Place {
  readonly projectDir: string;
  readonly stack: string;
  readonly namePrefix: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly region: string;
  readonly accountId: string;
  readonly zoneName: string | undefined;
  /** Whether the pager may be told, and where it is. */
  readonly pagerAccount: string | undefined;
}

const PROJECT = "fase-b";

/**
 * Reads what a rollback needs to know, and nothing more. Not by the program's own loader: it refuses settings of which anything is wrong,
 * and the day on which the program is what is broken is the day for which this command is made.
 *
 * @throws UsageError for what is neither in the file nor on the command line
 */
export function placeOf(options: StackOptions & PlaceOptions, cwd: string): Place {
  const { stack } = options;
  const from = options.cwd === undefined ? cwd : resolve(cwd, options.cwd);
  const projectDir = projectAbove(from);
  const file = options.configFile === undefined ? `Pulumi.${stack}.yaml` : options.configFile;
  const path = options.configFile === undefined ? join(projectDir, file) : resolve(from, file);
  const config = configIn(path);
  const named = (
    option: string,
    given: string | undefined,
    where: readonly string[],
    form: RegExp,
  ): string => {
    const found = given ?? textAt(config, where);
    if (found !== undefined && form.test(found)) return found;
    throw new UsageError(
      `${given === undefined ? `${file}: ${where.join(".")}` : `--${option}`}: got ${found === undefined ? "nothing that can be read" : JSON.stringify(found)}; allowed: ${form.source}; fix: name it with --${option}`,
    );
  };
  const namePrefix = `${PROJECT}-${stack}`;
  return {
    projectDir,
    stack,
    namePrefix,
    apiName: options.apiName ?? namePrefix,
    region: named("region", options.region, ["fase-b:account", "region"], /^[a-z]{2}(-[a-z]+)+-\d$/),
    accountId: named("account", options.account, ["fase-b:account", "id"], /^\d{12}$/),
    stageName: named(
      "stage-name",
      options.stageName,
      ["fase-b:gateway", "stageName"],
      /^[A-Za-z0-9_-]{1,128}$/,
    ),
    zoneName: textAt(config, ["fase-b:account", "zoneName"]),
    pagerAccount: textAt(config, ["fase-b:observability", "pager", "account"]),
  };
}

/** What stands under `config`; nothing where the file cannot be read as one. */
function configIn(path: string): unknown {
  try {
    const document = load(readFileSync(path, "utf8"), { schema: CORE_SCHEMA });
    return partOf(document, "config");
  } catch {
    // Whatever is missing then is asked for on the command line, by name.
    return undefined;
  }
}

function textAt(config: unknown, where: readonly string[]): string | undefined {
  const found = where.reduce<unknown>(partOf, config);
  return typeof found === "string" ? found : undefined;
}

const partOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
