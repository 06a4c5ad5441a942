import { filesOf } from "../lib/archives";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, parseObject, show, text } from "../lib/values";

/** Relative, and no further up than from the program's own folder to the project's. */
const isOwnPath = (path: string): boolean =>
  !/^([/\\]|\w:)/.test(path) &&
  !path
    .replace(/^\.\.\//, "")
    .split(/[/\\]/)
    .includes("..");

export const functionRequiresOwnCode = resourcePolicy({
  name: "function-requires-own-code",
  severity: "high",
  clauses: ["B5.3", "B6.2"],
  summary: "A function runs code of this repository: its archive is made of named files beside the program.",
  reads: "aws:lambda/function:Function: code, handler",
  remediation:
    "make code an AssetArchive of FileAssets by relative paths, with the handler's module among them, and of StringAssets in JSON.",
  url: "https://www.pulumi.com/docs/iac/concepts/assets-archives/",
  types: [types.function],
  async check(resource, report) {
    const files = await filesOf(resource.props.code);
    if (!files) {
      report({ resource, got: "code that is no archive of named files", expected: "an AssetArchive" });
      return;
    }
    // What the program writes out itself is data that a reviewer reads, never code.
    const strangers = files.filter(({ name, path, text: written }) =>
      path === "" ? !name.endsWith(".json") || !parseObject(written) : !isOwnPath(path),
    );
    if (strangers.length > 0) {
      report({
        resource,
        got: `files ${join(strangers.map(({ name }) => name))} from elsewhere`,
        expected: "files by relative paths, and texts in JSON",
      });
    }
    const module = `${text(resource.props.handler).split(".")[0] ?? ""}.js`;
    if (!files.some(({ name }) => name === module)) {
      report({
        resource,
        got: `handler ${show(resource.props.handler)} of ${join(files.map(({ name }) => name))}`,
        expected: "a handler in one of the files",
      });
    }
  },
});
