/** What the plan was made of, as far as it is known; in the document it is not. */
export interface Ends {
  readonly from?: string;
  readonly to?: string;
  /** Of the deployment that the stage points at now. */
  readonly modelDigest?: string | undefined;
  readonly commit?: string | undefined;
}

/** How program and state are brought back in step. The terminal says it after a rollback, the document always. */
export const backInStep = (stack: string, ends: Ends = {}): readonly string[] => {
  const { from = "the broken deployment", to = "the good one", modelDigest, commit } = ends;
  const model =
    modelDigest === undefined
      ? "the good one's digest, which `list` shows"
      : `\`${modelDigest.slice(0, 12)}…\``;
  const where = commit === undefined ? "" : `, as commit ${commit.slice(0, 12)} has it`;
  return [
    `Deploy nothing before step 2: to Pulumi's state the stage still points at ${from}, and an update after \`pulumi refresh\` would point it there again.`,
    `Undo in the repository what broke it: \`git revert\` on a branch, by a pull request. In \`npm run preview -- --diff\` the deployment's \`model sha256:\` is then ${model}${where}.`,
    `\`npm run deploy -- up\`, without a refresh before it: the update makes another deployment of that model and points the stage at it. No update removes a deployment, so that both are still there.`,
    `\`npm run drift -- --stack ${stack}\` finds none, and \`npm run rollback -- list\` shows the new deployment in force. Commit the record in stacks/${stack}/rollbacks with the revert.`,
    `Where the program cannot run at all, the stage stays as it is: it goes on serving ${to} without an update.`,
  ];
};
