/** The unmodified pack in a process of its own, asked again and again. */
import { readConfig, readPolicyPack, readProject } from "../../cli/preview/engine/project";
import { Analyzer } from "../../cli/preview/engine/analyzer";
import { Processes } from "../../cli/preview/engine/processes";
import { startPack } from "../../cli/preview/engine/start";
import type { PackReport, Violation } from "../../cli/preview/model";
import { join } from "node:path";
import { PROJECT_DIR, STACK, type Recorded } from "./recording";

const PACK = "policies";

export class Judge {
  private constructor(
    private readonly processes: Processes,
    private readonly analyzer: Analyzer,
  ) {}

  static async start(): Promise<Judge> {
    const processes = new Processes();
    try {
      const project = readProject(PROJECT_DIR);
      const file = `Pulumi.${STACK}.yaml`;
      const stack = {
        stack: STACK,
        project: project.name,
        organization: "organization",
        config: readConfig(project, STACK, join(PROJECT_DIR, file), file),
      };
      const pack = readPolicyPack(join(PROJECT_DIR, PACK), PACK);
      const child = startPack(processes, pack, stack);
      return new Judge(processes, await Analyzer.connect(child, pack, PACK, stack));
    } catch (error) {
      processes.close();
      throw error;
    }
  }

  /**
   * @param asked resources that policies on single resources are asked about
   * @param stack all resources, for policies on the whole stack
   */
  async judge(asked: readonly Recorded[], stack: readonly Recorded[]): Promise<PackReport> {
    const analyzer = this.analyzer.again();
    for (const { analyzed, inputs } of asked) analyzer.analyze(analyzed, inputs);
    await analyzer.settled();
    await analyzer.analyzeStack(stack).judged;
    return analyzer.report();
  }

  close(): void {
    this.analyzer.close();
    this.processes.close();
  }
}

export type { Violation };
