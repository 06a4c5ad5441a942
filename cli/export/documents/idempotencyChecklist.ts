import type { Contract } from "../../../infra/contract/contract";
import { ANSWERS } from "../../../infra/contract/gatewayResponses";
import { problems } from "../../../infra/functions/edge/problems";
import type { Settings } from "../../../infra/settings/settings.schema";
import { keptHours, keyCharacters, leaseSeconds, named } from "./facts";
import { madeBy, proved, provedList, seconds, type Proved } from "./markdown";

const EDGE = "infra/functions/edge/handleRequest.test.ts";
const CLAIMS = "infra/functions/edge/claims/claims.test.ts";

/** What a client ticks off before it calls, by subject. */
export function checklist(
  settings: Settings,
  contract: Contract,
): Readonly<Record<string, readonly Proved[]>> {
  const hours = keptHours(contract);
  const { least, most } = keyCharacters(contract);
  const keyed = contract.routes.filter(({ idempotency }) => idempotency === "required");
  const locked = contract.routes.flatMap((route) =>
    route.lock === null ? [] : [{ ...route, field: route.lock.resource.slice(1) }],
  );
  const { unavailableSeconds } = settings.gateway.retryAfter;
  const status = (code: keyof typeof problems): string => `${problems[code].status} \`${code}\``;
  return {
    "The key": [
      proved(
        `Every ${keyed.map(named).join(", ")} carries the header \`Idempotency-Key\`; without it the answer is ${ANSWERS.BAD_REQUEST_PARAMETERS.status}, and nothing was done.`,
        EDGE,
        "what is refused before it costs anything > a missing idempotency key: 400",
      ),
      proved(
        `Its value is a quoted string, the quotes included: \`"…"\` around ${least} to ${most} visible characters of ASCII, no quote or backslash among them. A UUID is a good one. It is sent once.`,
        "infra/functions/validation/validateRequest.test.ts",
        "a request by the contract > with the headers %j is %s",
      ),
      proved(
        "A key is made anew for each thing that is to be done, and written down before the first try, so that a restart repeats under the same one.",
        EDGE,
        "a repeat (B3.1) > a few hundred at once, over some keys, cause one effect a key",
      ),
      proved(
        "The same key counts as another one for another `X-Subject`, and on another route.",
        EDGE,
        "a repeat (B3.1) > shares nothing with another subject's or route's request under the same key",
      ),
      proved(
        "It holds nothing about a person. We store digests of it only, your own logs may not.",
        CLAIMS,
        "what stands in the table > holds no user, key, resource or payload in clear",
      ),
    ],
    "A repeat": [
      proved(
        `Within ${hours} h a repeat has the same key, the same body and goes to the same agent's domain. It gets the first answer, marked \`Idempotency-Replayed: true\`, has no second effect and is not counted against the month's quota.`,
        EDGE,
        "a repeat (B3.1) > gets the first answer, marked, free, and without a second effect",
      ),
      proved(
        `Another body under the key is ${status("idempotency-key-reused")}. Spaces and the order of fields make no difference.`,
        EDGE,
        "a repeat (B3.1) > with another payload is 422, with the same in another spelling a replay",
      ),
      proved(
        `Another agent's domain under the key is ${status("idempotency-key-reused")} as well: choose the agent with the key, and keep it.`,
        CLAIMS,
        "idempotency (B3.1) > refuses the key at another agent: its effect there would be a second one",
      ),
      proved(
        `After ${hours} h from the first try the key is forgotten, and a repeat would do the thing again. Stop before.`,
        CLAIMS,
        "idempotency (B3.1) > keeps an answer for 24 h and the clocks' difference, by the condition and not by TTL",
      ),
      proved(
        "While an agent is cut off, a repeat still gets its first answer.",
        EDGE,
        "while its agent is cut off, the edge > still answers a repeat with the first answer, for nothing (B3.1)",
      ),
    ],
    "What to do with an answer": [
      proved(
        `${status("request-in-flight")}: the first try is still running. Wait as \`Retry-After\` says, repeat under the same key. After a try that died it takes ${seconds(leaseSeconds(settings))} at most.`,
        CLAIMS,
        "idempotency (B3.1) > says of a running request how long its lease still is",
      ),
      ...locked.map((route) =>
        proved(
          `${status("resource-locked")}, of ${named(route)} only: another operation of the same \`X-Subject\` holds that \`${route.field}\`. Wait as \`Retry-After\` says, repeat under the same key.`,
          EDGE,
          "a repeat (B3.1) > while the first runs is 409 and told when to come again; another on the same avatar is locked (B3.2)",
        ),
      ),
      proved(
        `500, 502, 503, 504, or no answer at all: repeat under the same key. The agent is asked under one key of ours for all tries, by which it tells whether it has done the thing. 503 and 504 say by \`Retry-After\` when (${seconds(unavailableSeconds)} where nothing better is known); otherwise wait longer each time, and by chance.`,
        EDGE,
        "a repeat (B3.1) > of an attempt of which nobody knows how it ended takes over its key, and says so",
      ),
      proved(
        "429: wait as `Retry-After` says, repeat under the same key; it is not taken.",
        CLAIMS,
        "a claim without an answer > frees the key for any payload where nothing was sent",
      ),
      proved(
        `A refusal of the agent's own (400, 409, 413, 415 or 422, with a \`code\` of its own or \`agent-refused\`) is an answer, and is kept for ${hours} h: correct the request and take a new key.`,
        EDGE,
        "what an agent may do > refuses the request: kept, in the contract's form, with its own words where they fit",
      ),
      proved(
        "400, 413 and 415 of ours are kept under no key: correct the request, and keep the key.",
        EDGE,
        "what is refused before it costs anything > a missing idempotency key: 400",
      ),
      proved(
        "Programs read `code` of the problem, never its words, and wait wherever there is a `Retry-After`.",
        "infra/contract/gatewayResponses.test.ts",
        "the gateway's own answers > say when to try again where one can wait, and only there (B4.4)",
      ),
    ],
  };
}

export const idempotencyChecklist = (settings: Settings, contract: Contract): string =>
  [
    `# Idempotency checklist of ${settings.stack}`,
    madeBy(settings.stack),
    "For whoever writes a client of the API (B3.1, B3.2, B7.3). Tick each line off before the first call that matters. Each names the test that fails when it is no longer true. [How much you may call](quota-policy.md); [how to begin](onboarding.md).",
    ...Object.entries(checklist(settings, contract)).flatMap(([title, lines]) => [
      `## ${title}`,
      provedList("- [ ]", lines),
    ]),
  ].join("\n\n") + "\n";
