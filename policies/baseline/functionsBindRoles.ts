import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";

export const functionsBindRoles = stackPolicy({
  name: "functions-bind-roles",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "Every function runs under a role of this stack of its own, and rights are given to such roles only.",
  reads: "Function.role → Role; RolePolicy.role → Role",
  remediation: "take role from the iam.Role that the program declares for this function.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
  check(stack, report) {
    const users = new Map<unknown, string>();
    for (const lambda of stack.ofType(types.function)) {
      const role = source(lambda, "role", types.role);
      const other = users.get(role);
      if (!role || other !== undefined) {
        report({
          resource: lambda,
          got: role ? `the role of '${String(other)}'` : "a role from elsewhere",
          expected: "a role of its own, of this stack",
        });
      }
      users.set(role, lambda.name);
    }
    for (const rights of stack.ofType(types.rolePolicy)) {
      if (!source(rights, "role", types.role)) {
        report({ resource: rights, got: "a role from elsewhere", expected: "a role of this stack" });
      }
    }
  },
});
