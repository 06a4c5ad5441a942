import { anyKeyArn, type AccountScope } from "../shared/arn";
import type { Statement } from "../shared/statement";
import { secretArn, secretNames } from "./secretsRules";

type Names = readonly [string, ...string[]];

/** What functions may do with secrets, each by the secret's name. */
export class SecretRights {
  constructor(
    private readonly scope: AccountScope,
    private readonly namePrefix: string,
  ) {}

  /** To read values. */
  read(sid: string, names: Names): Statement {
    return { sid, actions: ["secretsmanager:GetSecretValue"], resources: this.arns(names) };
  }

  /** To issue by the key and certificate in a secret, of whose versions the one in force is read. */
  issueBy(sid: string, names: Names): Statement {
    return {
      sid,
      actions: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      resources: this.arns(names),
    };
  }

  /** To see ages and labels, and no value. */
  describe(sid: string, names: Names): Statement {
    return {
      sid,
      actions: ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"],
      resources: this.arns(names),
    };
  }

  /** The four steps of a rotation. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html */
  rotate(sid: string, names: Names): Statement {
    return {
      sid,
      actions: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      resources: this.arns(names),
    };
  }

  /** The key under which secrets rest, for reading or for writing too. */
  key(...actions: readonly [string, ...string[]]): Statement {
    return {
      sid: "SecretsKey",
      actions,
      // Named by its alias, which is ours: the key's id is made up by AWS.
      resources: [anyKeyArn(this.scope)],
      conditions: {
        StringEquals: { "kms:ViaService": `secretsmanager.${this.scope.region}.amazonaws.com` },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": secretNames(this.namePrefix).keyAlias },
      },
    };
  }

  private arns([first, ...others]: Names): readonly [string, ...string[]] {
    return [secretArn(this.scope, first), ...others.map((name) => secretArn(this.scope, name))];
  }
}
