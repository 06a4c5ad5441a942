import { filesOf } from "../lib/archives";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, parseObject, show, strings, text } from "../lib/values";

/** Sixteen addresses, or one network of a subnet: a cluster's way out. */
const shortestPrefix = { 4: 28, 6: 64 } as const;

function isNarrow(range: string): boolean {
  const [address = "", prefix = ""] = range.split("/");
  const family = address.includes(":") ? 6 : 4;
  return (
    /^[0-9a-f.:]+$/i.test(address) &&
    /^\d+$/.test(prefix) &&
    Number(prefix) >= shortestPrefix[family] &&
    Number(prefix) <= (family === 4 ? 32 : 128)
  );
}

/** The REST API's, not the one of voice. */
const isAuthorizer = (name: string): boolean =>
  /(^|-)authorizer$/.test(name) && !/(^|-)voice-authorizer$/.test(name);

export const authorizerLimitsScans = resourcePolicy({
  name: "authorizer-limits-scans",
  severity: "high",
  clauses: ["B5.3", "B4.4"],
  summary:
    "What nobody is paged for is a scan by one client from a few addresses of its own: the authorizer is told of both, and of no way around them.",
  reads: "aws:lambda/function:Function: name, the text configuration.json in code: scanning",
  remediation:
    "give the authorizer scanning.clientId, and scanning.addresses with networks of /28 or narrower (IPv6: /64).",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html",
  types: [types.function],
  async check(resource, report) {
    const files = (await filesOf(resource.props.code)) ?? [];
    const written = files.find(({ name }) => name === "configuration.json")?.text ?? "";
    const configuration = parseObject(written) ?? {};
    const { scanning } = configuration;
    if (scanning === undefined && !isAuthorizer(text(resource.props.name))) return;
    const { clientId, addresses, ...others } = object(scanning);
    const ranges = strings(addresses);
    if (!/^[a-z][a-z0-9-]*$/.test(text(clientId)))
      report({ resource, got: `scans by the client ${show(clientId)}`, expected: "one client's id" });
    if (ranges.length === 0)
      report({ resource, got: "scans from any address", expected: "the networks that they come from" });
    for (const range of ranges.filter((one) => !isNarrow(one)))
      report({ resource, got: `scans from ${show(range)}`, expected: "/28 or narrower, for IPv6 /64" });
    // A header's name, say: what else made a request a scan, a caller could write.
    for (const name of Object.keys(others))
      report({ resource, got: `scans known by ${show(name)}`, expected: "clientId and addresses alone" });
  },
});
