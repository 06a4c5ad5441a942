import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import * as ts from "typescript";
import { describe, expect, it } from "vitest";
import { measuredBy } from "./measuredBy";
import { metricNames } from "./metrics";

/** Names that a source's text hands to a log line as values of metrics. */
function measuredIn(text: string): string[] {
  const names: string[] = [];
  const keysOf = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) names.push(node.name.text);
    ts.forEachChild(node, keysOf);
  };
  const isValues = (type: ts.TypeNode | undefined): boolean => type?.getText(file) === "MetricValues";
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === "measure"
    )
      node.arguments.forEach(keysOf);
    // What log and line add by themselves.
    if (ts.isVariableDeclaration(node) && isValues(node.type) && node.initializer) keysOf(node.initializer);
    if (ts.isFunctionDeclaration(node) && isValues(node.type) && node.body) keysOf(node.body);
    if (ts.isCallExpression(node) && node.expression.getText(file) === "measured.push")
      ts.forEachChild(node, function strings(each): void {
        if (ts.isStringLiteral(each)) names.push(each.text);
        ts.forEachChild(each, strings);
      });
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
  visit(file);
  return names;
}

const functions = join(__dirname, "..");
const sources = readdirSync(functions, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.ts$/.test(file) && !/\.test\.ts$|testSupport|simulation|histories/.test(file),
);

describe("every metric", () => {
  it("that is declared is measured by some code", () => {
    const measured = new Set(
      sources.flatMap((file) => measuredIn(readFileSync(join(functions, file), "utf8"))),
    );
    expect(metricNames.filter((name) => !measured.has(name))).toEqual([]);
  });

  it("that some functions measure, and not every one, is measured in their folders and in no other", () => {
    const some = metricNames.flatMap((name) => {
      const by = measuredBy[name];
      return by === "every function" ? [] : [[name, [...by].sort()] as const];
    });
    for (const [name, by] of some) {
      const folders = sources
        .filter((file) => measuredIn(readFileSync(join(functions, file), "utf8")).includes(name))
        .map((file) => file.split(sep)[0] ?? "");
      expect([name, [...new Set(folders)].sort()]).toEqual([name, by]);
    }
  });

  it("is found where it is measured, and nowhere else", () => {
    expect(measuredIn(`line.measure({ Replays: 1, ...(late ? { Retries: 2 } : {}) });`)).toEqual([
      "Replays",
      "Retries",
    ]);
    expect(
      measuredIn(
        `line.set({ Replays: 1 }); const metrics = { LockWaits: count() }; // measure({ Faults: 1 })`,
      ),
    ).toEqual([]);
  });
});
