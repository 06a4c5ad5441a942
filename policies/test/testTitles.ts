/** Reads the titles of a test file from its source, without running it. */
import ts from "typescript";

const names = ["describe", "it", "test"];

/** `it.each(rows)("title", …)` and `describe.each` are calls of calls: the name stands at the bottom. */
function root(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression)) {
    return root(expression.expression);
  }
  return ts.isTaggedTemplateExpression(expression) ? root(expression.tag) : "";
}

/** The text of a title; `%s` stands for what a template puts in. */
function literal(node: ts.Expression | undefined): string | undefined {
  if (node && ts.isStringLiteralLike(node)) return node.text;
  return node && ts.isTemplateExpression(node)
    ? node.head.text + node.templateSpans.map((span) => `%s${span.literal.text}`).join("")
    : undefined;
}

/** Every test of the text as `suite > test`, rows of a table by their common title; a title in a variable is left out. */
export function testTitles(text: string, file = "a.test.ts"): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node, above: readonly string[]): void => {
    if (ts.isCallExpression(node)) {
      const name = root(node.expression);
      const title = literal(node.arguments[0]);
      if (names.includes(name) && title !== undefined && node.arguments.length > 1) {
        const chain = [...above, title];
        if (name !== "describe") found.push(chain.join(" > "));
        ts.forEachChild(node, (child) => visit(child, chain));
        return;
      }
    }
    ts.forEachChild(node, (child) => visit(child, above));
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest), []);
  return found;
}
