import { types } from "../../lib/types";
import type { TestResource, TestStack } from "../stack";
import { digestOf } from "../staging";
import type { CaseBook } from "./case";

type Bill = Record<string, unknown>;

const chain = (stack: TestStack): TestResource => stack.get(types.supplyChain);
const bills = (stack: TestStack): Bill[] => chain(stack).props.sboms as Bill[];
const billOf = (stack: TestStack, name: string): Bill => {
  const bill = bills(stack).find((one) => one.name === name);
  if (!bill) throw new Error(`no bill of ${name}`);
  return bill;
};
const without = (name: string) => (stack: TestStack) =>
  chain(stack).set(
    "sboms",
    bills(stack).filter((one) => one.name !== name),
  );
const component = (stack: TestStack): TestResource => stack.get(types.lambdaFunction, "edge-component");

export const supplyChain: CaseBook = {
  "functions-bind-sboms": {
    violations: [
      {
        when: "a function has no bill",
        change: without("edge"),
        says: /Function 'edge': got code \w{12}… of which there is no bill/,
      },
      {
        when: "the program has no bill",
        change: without("program"),
        says: /'supply-chain': got 0 bills of the program/,
      },
      {
        when: "the program has two",
        change: (stack) => void bills(stack).push({ ...billOf(stack, "program") }),
        says: /got 2 bills of the program/,
      },
      {
        when: "no bills were made yet",
        change: (stack) => chain(stack).set("sboms", []),
        says: /Function 'voice': got code \w{12}… of which there is no bill/,
      },
      {
        when: "a function's code changed since",
        change: (stack) => component(stack).set("codeSha256", digestOf("edge, changed")),
        says: /Function 'edge': got code \w{12}… of which there is no bill/,
      },
      {
        when: "a bill is of what was deployed before",
        change: (stack) => Object.assign(billOf(stack, "edge"), { deployedSha256: digestOf("edge, before") }),
        says: /'supply-chain': got a bill "edge" of what no function runs/,
      },
      {
        when: "a bill says nothing of its own bytes",
        change: (stack) => Object.assign(billOf(stack, "edge"), { sbomSha256: "" }),
        says: /got "edge" with the bill ""/,
      },
      {
        when: "a function does not say which bytes it is",
        change: (stack) => component(stack).set("codeSha256", undefined),
        says: /Function 'edge': got code of the SHA-256 ""/,
      },
      {
        when: "a function and a bill say nothing alike",
        change: (stack) => {
          component(stack).set("codeSha256", "");
          Object.assign(billOf(stack, "edge"), { deployedSha256: "" });
        },
        says: /Function 'edge': got code of the SHA-256 ""/,
      },
      {
        when: "a function stands beside its component",
        change: (stack) => {
          const { props, takesFrom } = stack.get(types.function, "edge");
          stack.remove(stack.get(types.function, "edge"));
          Object.assign(stack.add(types.function, "edge", props).takesFrom, takesFrom);
        },
        says: /Function 'edge': got code of the SHA-256 ""/,
      },
      {
        when: "a component of another kind speaks for a function",
        change: (stack) => {
          const { props } = stack.get(types.function, "edge");
          stack.remove(stack.get(types.function, "edge"));
          const other = stack.add("fase-b:index:Other", "other", {
            clauses: ["B5.3"],
            codeSha256: digestOf("edge"),
          });
          stack.add(types.function, "edge", props, other);
        },
        says: /Function 'edge': got code of the SHA-256 ""/,
      },
      {
        when: "nobody says what anything is made of",
        change: (stack) => stack.remove(chain(stack)),
        says: /The stack: got 0 SupplyChain components/,
      },
      {
        when: "two say so",
        change: (stack) =>
          void stack.add(types.supplyChain, "second", { clauses: ["B6.2"], sboms: bills(stack) }),
        says: /got 2 SupplyChain components/,
      },
    ],
    nearMisses: [
      {
        when: "a function is gone with its bill",
        change: (stack) => {
          stack.remove(stack.get(types.function, "announce"));
          without("announce")(stack);
        },
      },
      {
        when: "two functions run the same bytes",
        change: (stack) => {
          component(stack).set("codeSha256", digestOf("voice"));
          without("edge")(stack);
        },
      },
      {
        when: "the bills come in another order",
        change: (stack) => chain(stack).set("sboms", [...bills(stack)].reverse()),
      },
    ],
  },
};
