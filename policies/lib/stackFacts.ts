/**
 * Which stack is staging. Three facts must agree, and its cluster and Grafana be its own. The program holds its own copy of them
 * (`infra/release/stackFacts.ts`): whatever is not staging is production, and nothing is deployed there without a letter (B0.1).
 */
export const stagingFacts = {
  /** The stack's name in every URN. */
  stack: "staging",
  /** The one account that the explicit provider allows. */
  accountId: "123456789012",
  /** Every domain of the stack is this one or lies below it. */
  zoneSuffix: "staging.example.com",
  /** The kubeconfig's context by which its provider of Kubernetes applies what it does not only render. */
  clusterContext: "fase-b-staging",
} as const;
