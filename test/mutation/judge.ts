/** The unmodified pack in a process of its own, asked again and again. */
import { readConfig, readPolicyPack, readProject } from "../../cli/preview/engine/project";
import { Analyzer } from "../../cli/preview/engine/analyzer";
import { Processes } from "../../cli/preview/engine/processes";
import { startPack } from "../../cli/preview/engine/start";
import type { Violation } from "../../cli/preview/model";
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

  /** What policies on single resources say. */
  async resources(asked: readonly Recorded[]): Promise<readonly Violation[]> {
    if (asked.length === 0) return [];
    const analyzer = this.analyzer.again();
    for (const { analyzed, inputs } of asked) analyzer.analyze(analyzed, inputs);
    await analyzer.settled();
    return analyzer.report().violations;
  }

  /** What policies on the whole stack say. */
  async stack(resources: readonly Recorded[]): Promise<readonly Violation[]> {
    const analyzer = this.analyzer.again();
    await analyzer.analyzeStack(resources).judged;
    return analyzer.report().violations;
  }

  close(): void {
    this.analyzer.close();
    this.processes.close();
  }
}
