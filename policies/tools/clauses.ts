/** Writes `clauses.ts` from `work-order.md`: `npm run clauses`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { readWorkOrder, renderClauses } from "./workOrder";

const policiesDir = join(__dirname, "..");

/** The text that `clauses.ts` must have. */
export async function clausesSource(): Promise<string> {
  const text = readFileSync(join(policiesDir, "work-order.md"), "utf8");
  return format(renderClauses(readWorkOrder(text)), {
    parser: "typescript",
    printWidth: 110,
    trailingComma: "all",
  });
}

if (require.main === module) {
  void clausesSource().then((source) => writeFileSync(join(policiesDir, "clauses.ts"), source));
}
