/** Policies that have less than two mutants of different kinds, and why. */
export const fewer: Readonly<Record<string, string>> = {
  "exceptions-list-use":
    "advisory: it repeats policies/exceptions.ts, which a change of the program does not change; its own cases change the records",
  "staging-lists-missing-evidence":
    "advisory: it lists evidence, which a change of the program does not make; what it does off staging is written beside the gates' mutants",
  "resources-forbid-unjudged-types":
    "a type has been judged or it has not: there is one way to be wrong, tried with two types",
  "grafana-texts-forbid-secrets":
    "a text holds a secret or it does not: tried on a dashboard and in an alert",
  "images-require-pins":
    "advisory: an image is held to its content or listed as not: tried for two components",
  "resources-limit-ignored-changes":
    "only too much can be ignored here; that too little is, the owners of live values notice",
  "values-forbid-private-keys":
    "a value holds a private key or it does not: tried in a function and in the cluster",
  "function-forbids-secrets":
    "a function's texts hold a secret or do not: tried in its environment and its description",
  "role-policy-forbids-wildcards": "rights can only be too wide: tried in actions and in resources",
  "role-policy-requires-known-actions":
    "an action has been judged or it has not: tried with two that were not",
};
