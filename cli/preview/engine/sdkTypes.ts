/**
 * What a provider's SDK says of its resources' outputs, read from the declarations that it is installed with.
 *
 * A preview has no provider. Which outputs a provider would fill is in the SDK: one that is never undefined and that
 * the program did not give as an input is known only after the deployment.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Under which providers' SDKs are published. */
export const SCOPES = ["@pulumi", "@pulumiverse"];

/** The outputs of a resource, or of a block inside one. */
export interface OutputShape {
  /** Outputs that are never undefined: their TypeScript type by name, in the order of their declaration. */
  readonly certain: ReadonlyMap<string, string>;
  /** Outputs that are blocks or lists of blocks. */
  readonly blocks: ReadonlyMap<string, () => OutputShape>;
}

const NOTHING: OutputShape = { certain: new Map(), blocks: new Map() };

/** Where a resource's class is declared. */
export interface Declaration {
  readonly file: string;
  readonly className: string;
}

/**
 * `aws:s3/bucket:Bucket` is declared in `@pulumi/aws/s3/bucket.d.ts`, `kubernetes:core/v1:ConfigMap` in
 * `@pulumi/kubernetes/core/v1/configMap.d.ts`. A kind that operators bring to a cluster has no class of its own.
 */
export function declarationOf(type: string, nodeModules: readonly string[]): Declaration | undefined {
  const [packageName = "", module = "", className = ""] = type.split(":");
  const path = module.replace(/^index(\/|$)/, "");
  if (!/^[\w-]+$/.test(packageName) || !/^[\w./-]+$/.test(path) || path.includes("..")) return undefined;
  const inFolder = `${path}/${className.charAt(0).toLowerCase()}${className.slice(1)}`;
  for (const folder of nodeModules) {
    for (const scope of SCOPES) {
      const fileOf = (name: string): string => join(folder, scope, packageName, `${name}.d.ts`);
      for (const name of [path, inFolder])
        if (existsSync(fileOf(name))) return { file: fileOf(name), className };
      const custom = fileOf("apiextensions/customResource");
      if (packageName === "kubernetes" && existsSync(custom))
        return { file: custom, className: "CustomResource" };
    }
  }
  return undefined;
}

/** Of a file of several megabytes, in which only names are looked at. They are plain, whatever its comments are. */
const readNames = (file: string): string => readFileSync(file, "latin1");

/** The text between an opening and the closing that follows it. */
function between(text: string, opening: string, closing: string): string | undefined {
  const start = text.indexOf(opening);
  return start < 0 ? undefined : text.slice(start + opening.length, text.indexOf(closing, start));
}

/** Reads each class and each block once. */
export class SdkTypes {
  private readonly resources = new Map<string, OutputShape>();
  private readonly files = new Map<string, string>();
  private readonly namespaces = new Map<string, string>();
  private readonly blocks = new Map<string, OutputShape>();

  /** @param nodeModules folders in which the program's packages are looked for, the nearest first */
  constructor(private readonly nodeModules: readonly string[]) {}

  /** @param type a resource's type token; of an unknown one nothing is known */
  outputs(type: string): OutputShape {
    const known = this.resources.get(type);
    if (known) return known;
    const declared = declarationOf(type, this.nodeModules);
    const body =
      declared && between(readNames(declared.file), `export declare class ${declared.className} `, "\n}");
    const shape =
      declared && body
        ? this.read(body, /readonly (\w+)(\?)?: pulumi\.Output<([\s\S]*?)>;\n/g, declared.file)
        : NOTHING;
    this.resources.set(type, shape);
    return shape;
  }

  private read(body: string, property: RegExp, file: string): OutputShape {
    const certain = new Map<string, string>();
    const blocks = new Map<string, () => OutputShape>();
    for (const [, name = "", optional, declared = ""] of body.matchAll(property)) {
      const type = declared.replace(/ \| undefined$/, "");
      if (!optional && type === declared) certain.set(name, type);
      const [, block] = /^outputs\.([\w.]+)(?:\[\])?$/.exec(type) ?? [];
      let shape: OutputShape | undefined;
      if (block) blocks.set(name, () => (shape ??= this.block(block, file)));
    }
    return { certain, blocks };
  }

  /** @param name e.g. `apigatewayv2.DomainNameMutualTlsAuthentication` */
  private block(name: string, file: string): OutputShape {
    const types = this.outputTypesOf(file);
    const key = `${types} ${name}`;
    const known = this.blocks.get(key);
    if (known) return known;
    const [namespace, type] = name.includes(".") ? name.split(".") : ["", name];
    const body = namespace
      ? between(this.namespace(types, namespace), `    interface ${type} {`, "\n    }")
      : between(this.text(types), `export interface ${type} {`, "\n}");
    const shape = body ? this.read(body, /^ +(\w+)(\?)?: ([^;]+);$/gm, file) : NOTHING;
    this.blocks.set(key, shape);
    return shape;
  }

  /** The nearest `types/output.d.ts`, which declares the blocks of all classes. */
  private outputTypesOf(file: string): string {
    for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
      const types = join(folder, "types", "output.d.ts");
      if (this.files.has(types) || existsSync(types)) return types;
    }
    return file;
  }

  private text(file: string): string {
    const known = this.files.get(file);
    if (known !== undefined) return known;
    const text = readNames(file);
    this.files.set(file, text);
    return text;
  }

  private namespace(file: string, name: string): string {
    const key = `${file} ${name}`;
    const known = this.namespaces.get(key);
    if (known !== undefined) return known;
    const text = between(this.text(file), `export declare namespace ${name} {`, "\n}") ?? "";
    this.namespaces.set(key, text);
    return text;
  }
}
