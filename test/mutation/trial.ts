/** Shows mutants to the pack and says whose verdict changes. */
import type { Violation } from "../../cli/preview/model";
import { applied, appliedTo, type Mutated } from "./apply";
import { Judge } from "./judge";
import type { Change, Edit } from "./mutant";
import { record, type Moment, type Recorded, type Recording } from "./recording";

/** What a verdict says, with all that a person reads of it. */
const said = ({ policy, enforcementLevel, urn = "", message }: Violation): string =>
  JSON.stringify([policy, enforcementLevel, urn, message]);

/** A verdict that is there with the mutant and not without it, or the other way round. */
export interface Difference {
  readonly policy: string;
  readonly level: Violation["enforcementLevel"];
  readonly message: string;
  readonly urn?: string;
  readonly appeared: boolean;
}

export class Trial {
  /** Verdicts on single resources by URN, and on the stack, of the program as it is. */
  private readonly onResource = new Map<string, readonly Violation[]>();
  private onStack: readonly Violation[] = [];

  private constructor(
    readonly recording: Recording,
    private readonly judge: Judge,
  ) {}

  static async start(moment: Moment): Promise<Trial> {
    const recording = await record(moment);
    const trial = new Trial(recording, await Judge.start());
    try {
      const violations = await trial.judge.resources(recording.resources);
      for (const { analyzed } of recording.resources)
        trial.onResource.set(
          analyzed.urn,
          violations.filter(({ urn }) => urn === analyzed.urn),
        );
      trial.onStack = await trial.judge.stack(recording.resources);
    } catch (error) {
      trial.close();
      throw error;
    }
    return trial;
  }

  /** All verdicts on the program as it is, as the pack gives them to a replay. */
  get baseline(): readonly Violation[] {
    return [...this.onResource.values()].flat().concat(this.onStack);
  }

  async differences(changes: readonly Change[]): Promise<readonly Difference[]> {
    return this.judged(applied(this.recording, changes));
  }

  /** Whether anybody notices single edits. Policies on single resources are asked first: they answer sooner. */
  async isNoticed(edits: readonly { readonly resource: Recorded; readonly edit: Edit }[]): Promise<boolean> {
    const { resources, changed } = appliedTo(this.recording, edits);
    const before = changed.flatMap(({ analyzed }) => this.onResource.get(analyzed.urn) ?? []);
    if (difference(before, await this.judge.resources(changed)).length > 0) return true;
    return difference(this.onStack, await this.judge.stack(resources)).length > 0;
  }

  private async judged({ resources, changed }: Mutated): Promise<readonly Difference[]> {
    const anew = new Set(changed.map(({ analyzed }) => analyzed.urn));
    const there = new Set(resources.map(({ analyzed }) => analyzed.urn));
    const kept = [...this.onResource].flatMap(([urn, violations]) =>
      there.has(urn) && !anew.has(urn) ? violations : [],
    );
    const now = [...kept, ...(await this.judge.resources(changed)), ...(await this.judge.stack(resources))];
    return difference(this.baseline, now);
  }

  close(): void {
    this.judge.close();
  }
}

function difference(before: readonly Violation[], after: readonly Violation[]): readonly Difference[] {
  const [was, is] = [new Set(before.map(said)), new Set(after.map(said))];
  const as =
    (appeared: boolean) =>
    ({ policy, enforcementLevel, message, urn }: Violation): Difference => ({
      policy,
      level: enforcementLevel,
      message,
      appeared,
      ...(urn === undefined ? {} : { urn }),
    });
  return [
    ...after.filter((violation) => !was.has(said(violation))).map(as(true)),
    ...before.filter((violation) => !is.has(said(violation))).map(as(false)),
  ];
}
