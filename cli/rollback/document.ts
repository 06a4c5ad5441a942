import { backInStep } from "./inStep";
import { GOOD_IN_A_ROW } from "./call";
import { neverPutBack, parts } from "./parts";
import type { Place } from "./place";

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** The plan as a document, of the same tables as the command. Pure: the same place gives the same bytes. */
export const documentOf = ({
  stack,
  apiName,
  stageName,
  region,
}: Pick<
  Place,
  "stack" | "apiName" | "stageName" | "region"
>): string => `# Rollback of the gateway of \`${stack}\`

Made by \`npm run rollback -- document\`. B7.4: one command back to the last good one.

The stage \`${stageName}\` of the REST API \`${apiName}\` in \`${region}\` serves the deployment that it points at. Each update that changes the
API's model makes another one, and no update removes any: a rollback points the stage at an earlier one, which takes seconds and
needs neither Pulumi nor the program.

## Do it

\`\`\`sh
npm run rollback -- list --stack ${stack}      # when, of which model and commit, by whom
npm run rollback -- plan --stack ${stack}      # what would change; changes nothing
npm run rollback -- apply --stack ${stack} --by <role> --reason '<what is broken>' \\
  --client-cert <file> --client-key <file> --api-key <file> --key <collector's key>
\`\`\`

The incident commander decides, as the [runbook](../../docs/runbook.md#volver-atrás) says. \`apply\` asks for the stack's name, looks again
whether what the plan was made of is still in force, changes the stage's \`deploymentId\` and nothing else, reads it back, calls the API
through a custom domain until ${GOOD_IN_A_ROW} answers in a row are good, and keeps a record in \`stacks/${stack}/rollbacks\`. With a collector's key the record
is signed and goes into the bucket of evidence, whose event tells the channel; the pager is sent a change event. From the moment at which the stage
may be changed there is a record, whatever else happens: Ctrl-C ends the calls and not the record, and where the folder can't be written to the record is printed.

The last good one is the newest before the one in force that the program made, that has another model, and that no rollback
went away from. Where the newest is not in force somebody has rolled back already: then \`apply\` goes no further without \`--to\`. Another is named by \`--to\`. Where \`Pulumi.${stack}.yaml\` cannot be read, \`--region\`, \`--account\` and
\`--stage-name\` say what it says. The default endpoint of the API is off: without a client's certificate nobody can call it, and \`--unverified\`
says that nobody did.

The command reads neither \`stacks\` nor \`policies\`, nor needs Pulumi's packages. Where it does not load it says which file: run it in a work tree of an earlier
commit (\`git worktree add\`, \`npm ci\` there), or by hand as the runbook says.

## What it changes, and what it leaves

${row("what", "a rollback", "since", "put back by")}
${row("---", "---", "---", "---")}
${Object.values(parts)
  .map(({ what, moves, why, otherwise }) => row(what, moves ? "changes it" : "leaves it", why, otherwise))
  .join("\n")}

## What is never put back

From [the table of live values](../../infra/secrets/liveValues.ts), by which the program itself leaves them alone.

${row("value", "owner", "a rollback")}
${row("---", "---", "---")}
${neverPutBack()
  .map(({ name, properties, owner, rollback }) =>
    row(`\`${name}\`: ${properties.join(", ")}`, owner, rollback),
  )
  .join("\n")}

## Bring state and program back in step

${backInStep(stack)
  .map((step, at) => `${at + 1}. ${step}`)
  .join("\n")}

## What is known of a deployment

Time, id and the model's digest are the gateway's. The commit is the first whose committed preview has that digest: the digest is of the
model alone, so that commits which change something else share it, and which of them was deployed AWS does not keep. Who made it is
CloudTrail's to say, for 90 days, by the \`aws\` CLI. What is not known is shown as \`unknown\`, with why.

## Every night

\`npm run rollback -- check --stack ${stack}\` ends with 1 where there is nothing to go back to, or an earlier rollback was not followed up.
`;
