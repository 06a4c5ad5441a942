import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fuzz, prepareFuzzer } from "./support/fuzzer";
import { Running } from "./support/running";

const SECONDS = Number(process.env["LOCAL_FUZZ_SECONDS"] ?? 40);

/**
 * Without `unsupported_method`, which wants a 405: the gateway has one answer for a path and for a method that it does
 * not know, 404. https://schemathesis.readthedocs.io/en/stable/reference/checks/
 */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "missing_required_header",
];

let running: Running;
let python: string;

beforeAll(async () => {
  python = await prepareFuzzer();
  running = await Running.start(["--quiet"]);
});

afterAll(async () => {
  await running?.stop();
});

describe("B2.2: fuzzed from the contract, the API", () => {
  it.each([
    ["chat-01", "/chat"],
    ["vision-01", "/vision"],
    ["avatar-01", "/avatar"],
    ["voice-tickets-01", "/realtime-voice/tickets"],
  ])(
    "at %s answers by the contract on %s, whatever comes",
    async (agentId, path) => {
      const { status, output } = await fuzz({
        python,
        running,
        domain: `${agentId}.staging.example.com`,
        path,
        checks: CHECKS,
        seconds: SECONDS,
      });
      // The fuzzer says what it found, and how to send it again.
      if (status !== 0) throw new Error(output);
      expect(output).toMatch(/[1-9]\d* (generated|passed)/);
    },
    (SECONDS + 120) * 1000,
  );
});
