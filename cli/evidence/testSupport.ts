import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { readContract } from "../../infra/contract/contract";
import { stagingSettings } from "../../test/support/staging";
import type { CollectorContext } from "./collector";

/** A Thursday in UTC; of the tests' evidence. */
export const NOW_MS = Date.UTC(2026, 10, 26, 7, 20, 30);

/** What a collector is told in tests: staging's settings, a day of ours. */
export function testContext(
  change: Partial<CollectorContext> = {},
): CollectorContext & { readonly told: string[] } {
  const told: string[] = [];
  return {
    settings: stagingSettings(),
    contract: readContract(),
    projectDir: "/nowhere",
    sourceDigest: "a".repeat(64),
    nowMs: () => NOW_MS,
    progress: (text) => told.push(text),
    signal: new AbortController().signal,
    ...change,
    told,
  };
}

/** A vendor's client whose answers are ours; what it was sent stands in `sent`. */
export class FakeClient {
  readonly sent: { readonly name: string; readonly input: unknown }[] = [];

  constructor(private readonly answer: (name: string, input: never) => unknown) {}

  send = ((command: { readonly input: unknown }): Promise<unknown> => {
    const { name } = command.constructor;
    this.sent.push({ name, input: command.input });
    return Promise.resolve().then(() => this.answer(name, command.input as never));
  }) as CloudWatchClient["send"] & ((command: unknown) => Promise<never>);
}

/** An error as the SDK throws it. */
export const vendorError = (name: string, status = 400): Error =>
  Object.assign(new Error(`${name}: jane.doe@example.com may not`), {
    name,
    $metadata: { httpStatusCode: status },
  });
