import { planQuota } from "../../../infra/clients/clientsRules";
import type { Contract } from "../../../infra/contract/contract";
import { bodyLimits, methodThrottles } from "../../../infra/contract/limitsRules";
import { firewallSteps } from "../../../infra/firewall/firewallRules";
import { rateLimit, rateLimitPolicy } from "../../../infra/functions/edge/rateLimit";
import type { Settings } from "../../../infra/settings/settings.schema";
import { named, ownClients } from "./facts";
import { bytes, grouped, madeBy, proved, provedList, seconds, table, type Proved } from "./markdown";

const EDGE = "infra/functions/edge/handleRequest.test.ts";
const CLAIMS = "infra/functions/edge/claims/claims.test.ts";
const FIREWALL = "infra/firewall/firewallTraffic.test.ts";
const VOICE = "infra/functions/voice/voice.test.ts";
const WHOLE = "test/wholeStack.test.ts";

/** What the policy says in words, by subject; the tables are numbers of the settings and have no test of their own. */
export function policyStatements(
  settings: Settings,
  contract: Contract,
): Readonly<Record<"month" | "rate" | "size" | "steps" | "voice", readonly Proved[]>> {
  const { gateway, voice } = settings;
  const { retryAfter, quotaMarginPercent } = gateway;
  const { sessions } = voice;
  const [first] = settings.clients;
  const quota = first?.monthlyQuotaRequests ?? 0;
  // A date of any month of 30 days: only the form of the headers is shown.
  const shown = { ...rateLimitPolicy(quota, Date.UTC(2026, 10, 16)), ...rateLimit(quota - 1, 1_296_000) };
  return {
    month: [
      proved(
        "A request counts when it is sent on to an agent. Replays and refusals count nothing.",
        EDGE,
        "the month's quota (B4.1) > refuses with 429 and says when it begins again; replays and refusals are free",
      ),
      proved(
        "The count is exact, also of many requests at once: the last one that is granted is let through, the next one is not.",
        CLAIMS,
        "the monthly count (B4.1) > admits exactly the quota, also at once, and gives a refused claim back",
      ),
      proved(
        "It begins again with the calendar month, by UTC.",
        CLAIMS,
        "the monthly count (B4.1) > begins again with the month, by UTC",
      ),
      proved(
        "It is one client's own; nobody uses up another's.",
        CLAIMS,
        "the monthly count (B4.1) > is apart for each client",
      ),
      proved(
        `Over it the answer is 429 \`quota-exceeded\`, \`Retry-After\` until the month ends. Answers say what is left, in this form: ${Object.entries(
          shown,
        )
          .map(([name, value]) => `\`${name}: ${value}\``)
          .join(", ")}.`,
        "test/local/dataPlane.test.ts",
        "the month's quota (B4.1) > takes exactly what the contract grants, and says when it begins anew",
      ),
      proved(
        `Behind it stands the gateway's own plan, ${quotaMarginPercent} % above (of ${first?.clientId ?? ""}: ${grouped(planQuota(quota, quotaMarginPercent))}). It counts whatever bears the key, replays and refusals too, at best effort; over it the answer is 429 \`quota-exceeded\` with \`Retry-After: ${retryAfter.quotaExceededSeconds}\`.`,
        WHOLE,
        "staging as a whole > B4.1: gives every client one plan and one key, with the contract's quota and a margin",
      ),
      proved(
        "A key that is rotated stays in its plan: the month's count goes on.",
        "test/local/rotation.test.ts",
        "rotations on the emulator (B5.2, B6.1) > of a client's key survive the death of the instance at every call: one key in force, the old gone, the count unchanged",
      ),
    ],
    rate: [
      proved(
        `Each client has its tier's bucket over all routes, and on each route the smaller of its tier's and the route's. A route's bucket is beside that shared by all clients. An empty one is 429 \`throttled\` with \`Retry-After: ${retryAfter.throttledSeconds}\`.`,
        WHOLE,
        "staging as a whole > throttles every method of the contract, on the stage and in every plan",
      ),
    ],
    size: [
      proved(
        "Over it the answer is 413 `body-too-large`, by the bytes that were really sent; do not repeat.",
        "infra/functions/validation/validateRequest.test.ts",
        "a request by the contract > is measured in the bytes that were sent, text or base64 (B4.3)",
      ),
    ],
    steps: [
      proved(
        "Who stays within its limits meets no step.",
        FIREWALL,
        "B4.4 graduated blocking of one client > bothers no client that stays within its limits",
      ),
      proved(
        "Warned, then slowed down, then blocked, in this order and at these limits.",
        FIREWALL,
        "B4.4 graduated blocking of one client > does the same with the limits of staging",
      ),
      proved(
        "Each refusal says by `Retry-After` when to come again: 429 `rate-slow-down`, 429 `rate-blocked`.",
        FIREWALL,
        "B4.4 graduated blocking of one client > answers 429 with the step's own Retry-After when it slows down and when it blocks",
      ),
      proved(
        "Refused requests count too: who never stops is never served.",
        FIREWALL,
        "B4.4 graduated blocking of one client > keeps a step while the client stays over the limit, also when all its requests are refused",
      ),
      proved(
        "A step ends once its window has passed.",
        FIREWALL,
        "B4.4 graduated blocking of one client > ends a step once its window has passed",
      ),
      proved(
        "One client's steps touch no other's.",
        FIREWALL,
        "B4.4 graduated blocking of one client > leaves other clients alone",
      ),
    ],
    voice: [
      proved(
        `Each user (\`X-Subject\`) has ${sessions.sessionsPerSubject} sessions at once; one more is refused in the handshake with 429 and \`Retry-After\`.`,
        VOICE,
        "a voice session (B4.2, B4.4) > beyond the limit is refused with 429 and when to come back",
      ),
      proved(
        `A session carries ${bytes(sessions.session.bytesPerSecond)} a second in each direction, ${bytes(sessions.session.burstBytes)} at once; all of a user's together ${bytes(sessions.subject.bytesPerSecond)} and ${bytes(sessions.subject.burstBytes)}. Over it: a warning, then frames are held up to ${seconds(sessions.longestHoldMs / 1000)}, then it is closed with 4029.`,
        VOICE,
        "a voice session (B4.2, B4.4) > over its bandwidth is warned, then held, then closed, in that order",
      ),
      proved(
        `A message has at most ${bytes(sessions.messageBytes)}; a larger one closes the session with 4008.`,
        VOICE,
        "a voice session (B4.2, B4.4) > with the message %j is closed with %d",
      ),
      proved(
        `A session that is silent for ${seconds(sessions.idleMs / 1000)} is over; its next message is answered with 4030.`,
        VOICE,
        "a voice session (B4.2, B4.4) > that is idle is closed at its next message with 4030, its place given back first",
      ),
      proved(
        `No session is longer than ${seconds(sessions.longestMs / 1000)}; then it is closed with 4031.`,
        VOICE,
        "a voice session (B4.2, B4.4) > that is over its longest time is closed with 4031 though it is busy",
      ),
    ].map((one) => ({ ...one, says: one.says.replaceAll("/realtime-voice", contract.webSocketPath) })),
  };
}

const STEP_WORDS = {
  warn: "passes; its answer says in `Retry-After` how long to wait",
  slowDown: "refused",
  block: "refused",
} as const;

export function quotaPolicy(settings: Settings, contract: Contract): string {
  const { clients, tiers, limits, observability } = settings;
  const own = ownClients(settings);
  const says = policyStatements(settings, contract);
  const sizes = new Map(bodyLimits(contract, limits).map(({ path, maxBytes }) => [path, maxBytes]));
  return (
    [
      `# Quota policy of ${settings.stack}`,
      madeBy(settings.stack),
      "What each client may take of the API, and what happens beyond it (B4.1 to B4.4, B7.3). Tables are what is deployed; each sentence names the test that fails when it is no longer true. [What to do with a refusal](idempotency-checklist.md#what-to-do-with-an-answer); [how to begin](onboarding.md).",
      "## A month",
      table(
        ["client", "tier", "requests a month", "requests a second", "at once"],
        clients.map(({ clientId, tier, monthlyQuotaRequests }) => [
          `\`${clientId}\`${own.includes(clientId) ? " (our own)" : ""}`,
          tier,
          grouped(monthlyQuotaRequests),
          grouped(tiers[tier]?.requestsPerSecond ?? 0),
          grouped(tiers[tier]?.burstRequests ?? 0),
        ]),
      ),
      provedList("-", says.month),
      `At ${observability.alerts.quotaNearEndPercent} % of a month's quota we are told, and ask you. More is granted by a line in the settings, reviewed; nothing is granted by hand.`,
      "## A second, and a request",
      table(
        ["route", "requests a second, all clients", "at once", "body at most"],
        methodThrottles(contract, limits).map(({ path, httpMethod, requestsPerSecond, burst }) => [
          `\`${httpMethod} ${path}\``,
          grouped(requestsPerSecond),
          grouped(burst),
          bytes(sizes.get(path) ?? 0),
        ]),
      ),
      provedList("-", [...says.rate, ...says.size]),
      `An answer takes ${seconds(settings.gateway.integrationTimeoutMs / 1000)} at most: give up no sooner, and repeat under the same idempotency key.`,
      "## Too often: step by step",
      table(
        ["of", "counted by", "step", "more than", "in", "then", "`Retry-After`"],
        // As a client meets them: mildest first.
        [...firewallSteps(settings.firewall)]
          .sort((a, b) => (a.route === b.route ? a.limit - b.limit : a.route < b.route ? 1 : -1))
          .map(({ route, keyedBy, step, limit, windowSeconds, retryAfterSeconds, mode }) => [
            route === "vision" ? "`/vision`" : "all else",
            keyedBy === "clientKey" ? "API key" : "address",
            { warn: "warned", slowDown: "slowed down", block: "blocked" }[step],
            `${grouped(limit)} requests`,
            seconds(windowSeconds),
            step !== "warn" && mode === "count" ? "only counted for now" : STEP_WORDS[step],
            seconds(retryAfterSeconds),
          ]),
      ),
      provedList("-", says.steps),
      "These are the firewall's, which estimates and takes up to half a minute. The buckets above are there at once.",
      `## Live sessions (\`${contract.webSocketPath}\`)`,
      `${contract.routes
        .filter(({ session }) => session !== null)
        .map(named)
        .join(
          ", ",
        )} issues the ticket that opens one, and counts as any other request; the session itself does not.`,
      provedList("-", says.voice),
    ].join("\n\n") + "\n"
  );
}
