import { asUuid } from "../correlation/correlation";
import { errorFields } from "../log/errors";
import type { Log, RequestLog } from "../log/log";
import { RotationProblem } from "./problem";
import { rotate, steps, type Kind, type RotationEvent } from "./rotate";
import type { SecretStore } from "./secretStore";

export interface RotationFunctionPorts<V> {
  readonly kind: Kind<V>;
  readonly secrets: SecretStore;
  readonly log: Log;
  /** What the event `{ "task": "retire" }` runs: what was replaced and has had its overlap goes. */
  readonly retire?: () => Promise<void>;
}

/** Thrown to Lambda, whose runtime writes it to the log: its text is ours. */
export class RotationFailed extends Error {
  override readonly name = "RotationFailed";
}

/**
 * A rotation function as Lambda calls it: by Secrets Manager for a step, by a schedule to retire what was replaced. It must
 * throw to say that a step failed; what it throws holds our own words or a class name only.
 */
export function createRotationFunction<V>(
  ports: RotationFunctionPorts<V>,
): (event: unknown) => Promise<void> {
  return (event) =>
    logged(ports.log, async (line) => {
      if (ports.retire !== undefined && (event as { readonly task?: unknown } | null)?.task === "retire") {
        line.set({ step: "retire" });
        await ports.retire();
        line.set({ outcome: "done" });
        return;
      }
      const request = readEvent(event);
      line.set({ step: request.step, secretVersion: asUuid(request.token) });
      const outcome = await rotate(ports.kind, naming(ports, line), request);
      line.set({ outcome });
    });
}

/** Runs, writes the line, and throws what may be seen. */
export async function logged(log: Log, run: (line: RequestLog) => Promise<void>): Promise<void> {
  const line = log.begin();
  try {
    await run(line);
  } catch (error) {
    line.set({ outcome: "fault", ...errorFields(error) });
    line.measure({ Faults: 1 });
    throw new RotationFailed(visible(error));
  } finally {
    line.end();
  }
}

/** A vendor's message may quote what it was sent. */
const visible = (error: unknown): string =>
  error instanceof RotationProblem || (error instanceof Error && error.name === "PkiProblem")
    ? error.message
    : errorFields(error).errorClass;

/** The line says which secret it is as soon as Secrets Manager has told its name. */
function naming<V>({ secrets, log }: RotationFunctionPorts<V>, line: RequestLog): SecretStore {
  return {
    describe: async (secretId) => {
      const description = await secrets.describe(secretId);
      line.set({ secret: log.secret(description.name) });
      return description;
    },
    read: (...args) => secrets.read(...args),
    putPending: (...args) => secrets.putPending(...args),
    makeCurrent: (...args) => secrets.makeCurrent(...args),
    dropPending: (...args) => secrets.dropPending(...args),
  };
}

function readEvent(event: unknown): RotationEvent {
  const { Step, SecretId, ClientRequestToken } = (event ?? {}) as Readonly<Record<string, unknown>>;
  const step = steps.find((known) => known === Step);
  if (step !== undefined && typeof SecretId === "string" && typeof ClientRequestToken === "string")
    return { step, secretId: SecretId, token: ClientRequestToken };
  throw new RotationProblem(
    "event",
    "another form",
    `Step (${steps.join(", ")}), SecretId and ClientRequestToken, as Secrets Manager sends them`,
    "let Secrets Manager call the function, or the schedule with its task",
  );
}
