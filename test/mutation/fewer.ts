/** Policies that have less than two mutants of different kinds, and why. */
export const fewer: Readonly<Record<string, string>> = {
  "exceptions-list-use":
    "advisory: it repeats policies/exceptions.ts, which a change of the program does not change; its own cases change the records",
  "staging-lists-missing-evidence":
    "advisory: it lists evidence, which a change of the program does not make; what it does off staging is written beside the gates' mutants",
};
