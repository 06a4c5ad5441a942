import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { list, show, text, within } from "../lib/values";

export const secretRequiresRecovery = resourcePolicy({
  name: "secret-requires-recovery",
  severity: "medium",
  clauses: ["B6.1"],
  summary:
    "A secret has a fixed name, lies in this region only, and can be had back for a week at least after it was deleted.",
  reads:
    "aws:secretsmanager/secret:Secret: name, namePrefix, recoveryWindowInDays, replicas, forceOverwriteReplicaSecret",
  remediation: "set name and recoveryWindowInDays (7 to 30), and declare no replica.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
  types: [types.secret],
  check(resource, report) {
    const { name, namePrefix, recoveryWindowInDays, replicas, forceOverwriteReplicaSecret } = resource.props;
    // Roles' rights and the functions' configurations name it, so it is known at preview.
    if (!/^[\w/+=.@-]{1,512}$/.test(text(name)) || namePrefix !== undefined) {
      report({ resource, got: `name ${show(name)}`, expected: "a fixed name" });
    }
    if (!within(recoveryWindowInDays, 7, 30)) {
      report({ resource, got: `recoveryWindowInDays ${show(recoveryWindowInDays)}`, expected: "7 to 30" });
    }
    if (list(replicas).length > 0 || forceOverwriteReplicaSecret === true) {
      report({ resource, got: "a replica in another region", expected: "none" });
    }
  },
});
