import { jsonOf } from "../../infra/shared/json";
import { committedIn, type Committed } from "./committed";

/** What a run of another program gave; undefined where there is none of that name. */
export type RunProgram = (
  file: string,
  args: readonly string[],
  cwd: string,
) => Promise<{ readonly status: number; readonly stdout: string } | undefined>;

/** What of a deployment AWS does not keep, or why it is not known. */
export type Answer<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly because: string };

export const known = <T>(value: T): Answer<T> => ({ known: true, value });
export const unknown = (because: string): Answer<never> => ({ known: false, because });

export interface History {
  /** The first commit whose committed preview has this model. */
  commitOf(modelDigest: string): Promise<Answer<string>>;
  /** What the program of that commit declares. */
  committed(commit: string): Promise<Answer<Committed>>;
  /** Who made each deployment, by its id. */
  creators(): Promise<Answer<ReadonlyMap<string, string>>>;
}

/**
 * The repository's history and the account's trail. Nothing in a deployment says of which commit it is: a commit in its description would
 * make every one another deployment. But the committed preview of each commit has the digest of its model, and that is in the description.
 */
export class RepositoryHistory implements History {
  constructor(
    private readonly place: {
      readonly projectDir: string;
      readonly stack: string;
      readonly region: string;
      readonly restApiId: string;
    },
    private readonly runProgram: RunProgram,
  ) {}

  async commitOf(modelDigest: string): Promise<Answer<string>> {
    const found = await this.git("log", "--format=%H", `-S${modelDigest}`, "--", this.preview);
    if (found === undefined) return unknown("no git, or no repository");
    // Newest first; of a model that went and came back the first time counts.
    const first = found
      .split("\n")
      .filter((line) => line !== "")
      .at(-1);
    if (first !== undefined) return known(first);
    const shallow = (await this.git("rev-parse", "--is-shallow-repository"))?.trim() === "true";
    return unknown(shallow ? "not in this shallow clone" : "in no committed preview");
  }

  async committed(commit: string): Promise<Answer<Committed>> {
    const text = await this.git("show", `${commit}:./${this.preview}`);
    const read = text === undefined ? undefined : committedIn(text);
    return read === undefined ? unknown("no preview that can be read was committed there") : known(read);
  }

  /** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-cli.html */
  async creators(): Promise<Answer<ReadonlyMap<string, string>>> {
    const { projectDir, region, restApiId } = this.place;
    const run = await this.runProgram(
      "aws",
      [
        ...["cloudtrail", "lookup-events", "--region", region, "--output", "json", "--max-items", "200"],
        ...["--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateDeployment"],
      ],
      projectDir,
    );
    if (run === undefined) return unknown("no aws CLI to ask CloudTrail by");
    if (run.status !== 0) return unknown("CloudTrail gave no answer: cloudtrail:LookupEvents");
    const creators = creatorsIn(run.stdout, restApiId);
    return creators === undefined ? unknown("CloudTrail's answer could not be read") : known(creators);
  }

  private get preview(): string {
    return `stacks/${this.place.stack}/preview.json`;
  }

  private async git(...args: readonly string[]): Promise<string | undefined> {
    const run = await this.runProgram("git", args, this.place.projectDir);
    return run?.status === 0 ? run.stdout : undefined;
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
export function creatorsIn(text: string, restApiId: string): ReadonlyMap<string, string> | undefined {
  const events = partOf(jsonOf(text), "Events");
  if (!Array.isArray(events)) return undefined;
  const creators = new Map<string, string>();
  for (const each of events) {
    const record = jsonOf(String(partOf(each, "CloudTrailEvent")));
    const id = partOf(partOf(record, "responseElements"), "id");
    if (typeof id !== "string" || partOf(partOf(record, "requestParameters"), "restApiId") !== restApiId)
      continue;
    const arn = partOf(partOf(record, "userIdentity"), "arn");
    // `arn:aws:sts::123456789012:assumed-role/deployer/session`: the account is the stack's own.
    if (typeof arn === "string") creators.set(id, arn.split(":").slice(5).join(":"));
  }
  return creators;
}

const partOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
