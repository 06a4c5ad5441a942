import {
  FilterLogEventsCommand,
  GetDataProtectionPolicyCommand,
  type CloudWatchLogsClient,
} from "@aws-sdk/client-cloudwatch-logs";
import { known, unknown, type Answer, type Window } from "./answer";
import { askAws } from "./askAws";

export interface Sampling {
  /** The window is cut into so many parts, and each is read from its start. */
  readonly slices: number;
  readonly linesOfSlice: number;
}

/** Lines of a log group, spread over a window. */
export interface LogsSource {
  /** @param take is given each line; nothing of it is kept here */
  sample(
    logGroup: string,
    window: Window,
    sampling: Sampling,
    take: (line: string) => void,
  ): Promise<Answer<{ readonly lines: number }>>;
  /** Whether what must not stand in it is masked and reported. */
  isMasked(logGroup: string): Promise<Answer<boolean>>;
}

const RIGHT = "logs:FilterLogEvents";
/** A page may be empty though more follow: the service looks through one stream after the other. */
const MOST_PAGES_OF_SLICE = 50;

/** CloudWatch Logs, as whoever may not unmask sees them: what the masking found is told by the masking itself. */
export class CloudWatchLogs implements LogsSource {
  constructor(
    private readonly client: Pick<CloudWatchLogsClient, "send">,
    private readonly signal?: AbortSignal,
  ) {}

  async sample(
    logGroup: string,
    window: Window,
    sampling: Sampling,
    take: (line: string) => void,
  ): Promise<Answer<{ readonly lines: number }>> {
    const { slices, linesOfSlice } = sampling;
    const asked = {
      system: "logs",
      asked: `the first ${linesOfSlice} lines of ${logGroup} in each of ${slices} parts of ${new Date(window.fromMs).toISOString()} to ${new Date(window.toMs).toISOString()}`,
    };
    return askAws(RIGHT, asked, async () => {
      let lines = 0;
      const lengthMs = (window.toMs - window.fromMs) / slices;
      for (let slice = 0; slice < slices; slice += 1) {
        const fromMs = Math.floor(window.fromMs + slice * lengthMs);
        const toMs = Math.floor(window.fromMs + (slice + 1) * lengthMs);
        const read = await this.slice(logGroup, { fromMs, toMs }, linesOfSlice, take);
        if (read === undefined)
          return unknown(`${logGroup} had more than ${MOST_PAGES_OF_SLICE} pages without an end`, [asked]);
        lines += read;
      }
      return known({ lines }, [asked]);
    });
  }

  isMasked(logGroupIdentifier: string): Promise<Answer<boolean>> {
    const asked = { system: "logs", asked: `the data-protection policy of ${logGroupIdentifier}` };
    return askAws("logs:GetDataProtectionPolicy", asked, async () => {
      const { policyDocument = "" } = await this.client.send(
        new GetDataProtectionPolicyCommand({ logGroupIdentifier }),
        { ...(this.signal === undefined ? {} : { abortSignal: this.signal }) },
      );
      return known(
        ["Deidentify", "FindingsDestination"].every((word) => policyDocument.includes(`"${word}"`)),
        [asked],
      );
    });
  }

  /** @returns undefined where pages do not end */
  private async slice(
    logGroupName: string,
    { fromMs, toMs }: Window,
    most: number,
    take: (line: string) => void,
  ): Promise<number | undefined> {
    let read = 0;
    let nextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES_OF_SLICE; page += 1) {
      const answer = await this.client.send(
        new FilterLogEventsCommand({
          logGroupName,
          startTime: fromMs,
          // Inclusive here.
          endTime: toMs - 1,
          limit: most - read,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        { ...(this.signal === undefined ? {} : { abortSignal: this.signal }) },
      );
      for (const { message } of answer.events ?? []) {
        if (message === undefined) continue;
        take(message);
        read += 1;
      }
      nextToken = answer.nextToken;
      if (nextToken === undefined || read >= most) return read;
    }
    return undefined;
  }
}
