/**
 * What a provider's SDK says of its resources, read from the declarations that it is installed with.
 *
 * A preview has no provider. Which outputs a provider would fill is in the SDK: an output that is never undefined
 * and that the program did not give as an input is known only after the deployment.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SCOPES = ["@pulumi", "@pulumiverse"];

/** The declaration file of `aws:s3/bucket:Bucket` is `@pulumi/aws/s3/bucket.d.ts`. */
export function declarationFile(type: string, nodeModules: readonly string[]): string | undefined {
  const [packageName = "", module = ""] = type.split(":");
  const path = module.replace(/^index\//, "").replace(/^index$/, "");
  if (!packageName || !path || !/^[\w/-]+$/.test(path) || !/^[\w-]+$/.test(packageName)) return undefined;
  for (const folder of nodeModules) {
    for (const scope of SCOPES) {
      const file = join(folder, scope, packageName, `${path}.d.ts`);
      if (existsSync(file)) return file;
    }
  }
  return undefined;
}

/** Outputs of a resource class that are never undefined: their TypeScript type by name, in the order of their declaration. */
export function certainOutputs(declarations: string, className: string): ReadonlyMap<string, string> {
  const outputs = new Map<string, string>();
  const start = declarations.indexOf(`export declare class ${className} `);
  if (start < 0) return outputs;
  const body = declarations.slice(start, declarations.indexOf("\n}", start));
  for (const [, name = "", type = ""] of body.matchAll(/readonly (\w+): pulumi\.Output<([\s\S]*?)>;\n/g)) {
    if (!/\| undefined$/.test(type)) outputs.set(name, type);
  }
  return outputs;
}

/** Reads each type's declarations once. */
export class SdkTypes {
  private readonly outputs = new Map<string, ReadonlyMap<string, string>>();

  /** @param nodeModules folders in which the program's packages are looked for, the nearest first */
  constructor(private readonly nodeModules: readonly string[]) {}

  certainOutputs(type: string): ReadonlyMap<string, string> {
    const known = this.outputs.get(type);
    if (known) return known;
    const file = declarationFile(type, this.nodeModules);
    const className = type.slice(type.lastIndexOf(":") + 1);
    const found = file ? certainOutputs(readFileSync(file, "utf8"), className) : new Map<string, string>();
    this.outputs.set(type, found);
    return found;
  }
}
