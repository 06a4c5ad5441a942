/** Where the fuzzer finds what it is given; the key's value stands in no file of ours. */
export interface FuzzConfigurationArgs {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly requestsPerSecond: number;
}

/**
 * Without `unsupported_method`, which wants a 405: the gateway has one answer for a path and for a method that it does not know, 404.
 * Without `ignored_auth`, which wants a 401 where the authorizer says 403: `refuses_strangers` of our own stands for it.
 * https://schemathesis.readthedocs.io/en/stable/reference/checks/
 */
export const FUZZ_CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "response_headers_conformance",
  "negative_data_rejection",
  "missing_required_header",
] as const;

/** How data that the contract forbids may be refused. */
const REFUSALS = [400, 401, 403, 409, 413, 415, 422, 429];

const quoted = (text: string): string => JSON.stringify(text);

/**
 * `schemathesis.toml`: https://schemathesis.readthedocs.io/en/stable/reference/configuration/
 *
 * The key comes by a variable of the tool's own process, since a header among its arguments could be read by whoever lists processes.
 */
export const fuzzConfiguration = (args: FuzzConfigurationArgs): string =>
  [
    `rate-limit = ${quoted(`${args.requestsPerSecond}/s`)}`,
    `request-cert = ${quoted(args.certificateFile)}`,
    `request-cert-key = ${quoted(args.keyFile)}`,
    "request-timeout = 35.0",
    "max-redirects = 0",
    'suppress-health-check = ["all"]',
    "color = false",
    // A malformed correlation id is replaced and not refused (B1.6), which is no finding. Subjects are opaque ids.
    'headers = { "X-Correlation-Id" = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f", "X-Subject" = "u_scanner_fuzz_0001" }',
    "",
    "[auth.openapi.apiKey]",
    'api_key = "${SCAN_API_KEY}"',
    "",
    "[phases]",
    "stateful.enabled = false",
    "coverage.unexpected-methods = []",
    "",
    "[checks]",
    "enabled = false",
    ...FUZZ_CHECKS.map((name) => `${name}.enabled = true`),
    `negative_data_rejection.expected-statuses = [${REFUSALS.join(", ")}]`,
    `missing_required_header.expected-statuses = [400, 401, 403]`,
    "",
    // Nothing but 401 and 403 is no proof of anything but of a key that does not fit.
    "[warnings]",
    'display = ["missing_auth"]',
    'fail-on = ["missing_auth"]',
    "",
    "[output.sanitization]",
    "enabled = true",
    "",
    // It would outlive the run, and a run stands for itself.
    "[cache]",
    "enabled = false",
    "",
  ].join("\n");
