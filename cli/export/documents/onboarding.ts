import { problems } from "../../../infra/functions/edge/problems";
import type { Contract, Route } from "../../../infra/contract/contract";
import { ANSWERS } from "../../../infra/contract/gatewayResponses";
import { secretNames } from "../../../infra/secrets/secretsRules";
import type { Settings } from "../../../infra/settings/settings.schema";
import { exampleBodies } from "../../local/clientFiles";
import { domainOf, keptHours, ownClients } from "./facts";
import { grouped, madeBy } from "./markdown";

/*
 * One page by which a new client makes its first calls. Every line of a block `sh` is run as it stands here, by the tests: what a `curl`
 * must be answered stands behind it as `# <status>`, or `# refused` where no answer may come.
 */

/** An opaque id of a user, as the contract has it. */
const SUBJECT = "u_7f3b2c9a1d4e4f60";

interface Served {
  readonly route: Route;
  readonly domain: string;
  readonly status: number;
}

/** What the client may call. */
const servedTo = (settings: Settings, contract: Contract, clientId: string): readonly Served[] =>
  contract.routes.flatMap((route) => {
    const domain = domainOf(settings, route.path, clientId);
    const [status] = route.statuses.filter((one) => one < 300);
    return domain === undefined || status === undefined ? [] : [{ route, domain, status }];
  });

/** Who stands in the page's examples: of the clients that are not our own the one that may call most. */
export function exampleClient(settings: Settings, contract: Contract): string {
  const own = ownClients(settings);
  const [first] = settings.clients
    .map(({ clientId }) => ({ clientId, routes: servedTo(settings, contract, clientId).length }))
    .filter(({ clientId, routes }) => routes > 0 && !own.includes(clientId))
    .sort((a, b) => b.routes - a.routes);
  if (first === undefined)
    throw new Error(
      "clients: got none that an agent serves; allowed: one at least beside those of prober and scans; fix: name one in an agent's configuration.clients",
    );
  return first.clientId;
}

const block = (...lines: readonly string[]): string => `\`\`\`sh\n${lines.join("\n")}\n\`\`\``;

const bodyOf = (path: string): string => {
  const body = exampleBodies[path];
  if (body === undefined)
    throw new Error(
      `${path}: got no example of a request; allowed: one for each route; fix: add it to exampleBodies in cli/local/clientFiles.ts`,
    );
  // Between single quotes of a shell.
  return JSON.stringify(body).replaceAll("'", String.raw`\u0027`);
};

export function onboarding(settings: Settings, contract: Contract): string {
  const { namePrefix, trust, secrets } = settings;
  const client = exampleClient(settings, contract);
  const served = servedTo(settings, contract, client);
  const [first, ...others] = served;
  if (first === undefined) throw new Error(`${client}: no route`);
  const { lifetimeDays, alarmAtRemainingPercent } = trust.leaves.clients;
  const { schedule, overlapDays } = secrets.rotation.clientKeys;
  const quota = settings.clients.find(({ clientId }) => clientId === client)?.monthlyQuotaRequests ?? 0;
  const keyed = `curl -sSiK ${client}.curl -H "Idempotency-Key: $key"`;
  const withSubject = (one: Served): string =>
    one.route.requiresSubject ? ` -H 'X-Subject: ${SUBJECT}'` : "";
  const newKey = `key='"'$(openssl rand -hex 16)'"'`;
  const [url, body] = [`https://${first.domain}${first.route.path}`, bodyOf(first.route.path)];
  const call = `${keyed}${withSubject(first)} -d "$body" $url`;
  return (
    [
      `# Your first call to ${settings.stack}`,
      madeBy(settings.stack),
      `\`${client}\` stands for your \`client_id\`. You need OpenSSL and curl 7.66 or newer. Every \`curl\` says behind it what must come back; \`npm run test:local\` runs these very lines.`,
      "## 1. A key of your own, and a request for its certificate",
      block(
        "umask 077",
        `openssl ecparam -name prime256v1 -genkey -noout -out ${client}.key`,
        `openssl req -new -sha256 -key ${client}.key -subj /CN=${client} -out ${client}.csr`,
      ),
      `Send us \`${client}.csr\`, never the key. We answer with \`${client}.pem\` (\`npm run client -- enroll ${client} --csr ${client}.csr\`) and, over another way, with your API key (\`apiKey\` in the secret \`${secretNames(namePrefix).clientKey(client)}\`), which you keep as \`${client}.api-key\`. The certificate says who you are, the API key meters you; both are asked for.`,
      "## 2. What curl needs",
      block(
        `printf '%s\\n' 'cert = "${client}.pem"' 'key = "${client}.key"' 'header = "Content-Type: application/json"' \\`,
        `  "header = \\"x-api-key: $(cat ${client}.api-key)\\"" > ${client}.curl`,
      ),
      "## 3. Call, and repeat",
      // https://curl.se/docs/manpage.html#--retry: since 7.66 it waits as Retry-After says.
      "A repeat under the same key gets the first answer, marked `Idempotency-Replayed: true`, and does nothing twice; another body under it is refused. With `--retry` curl waits as `Retry-After` says.",
      block(
        `${newKey} url=${url} body='${body}'`,
        `${call} # ${first.status}`,
        `${call} --retry 4 # ${first.status} replayed`,
        `${keyed}${withSubject(first)} -d '${body.replace("Hello", "Good bye")}' $url # ${problems["idempotency-key-reused"].status}`,
      ),
      `Keep a key for ${keptHours(contract)} h, and take a new one for each new thing. \`X-Subject\` is your user, as an opaque id.`,
      block(
        ...others.flatMap((one) => [
          `${newKey} url=https://${one.domain}${one.route.path}`,
          `${keyed}${withSubject(one)} -d '${bodyOf(one.route.path)}' $url # ${one.status}`,
        ]),
      ),
      "## 4. See yourself refused",
      "No idempotency key; no API key; no certificate, which the handshake refuses.",
      block(
        `url=${url} body='${body}'`,
        `curl -sSiK ${client}.curl${withSubject(first)} -d "$body" $url # ${ANSWERS.BAD_REQUEST_PARAMETERS.status}`,
        `curl -sSi --cert ${client}.pem --key ${client}.key -d "$body" $url # ${ANSWERS.UNAUTHORIZED.status}`,
        `curl -sSi -d "$body" $url # refused`,
      ),
      "## 5. From then on",
      [
        `- **Idempotency**: tick off [the checklist](idempotency-checklist.md). **Limits**: ${grouped(quota)} requests a month, and [what happens beyond](quota-policy.md).`,
        `- **Certificate**: lives ${lifetimeDays} days. With ${Math.floor((lifetimeDays * alarmAtRemainingPercent) / 100)} days left at the latest send a request of a *new* key; old and new are good side by side.`,
        `- **API key**: we change it (\`${schedule}\`); the old one is good for ${overlapDays} more days. Whoever holds a key or a certificate of yours that should not: tell us at once.`,
        "- **Trouble**: quote `X-Extended-Request-Id`. Send an `X-Correlation-Id` (a UUID) of your own to follow a request.",
        `- **Live session**: \`url\` and \`subprotocols\` of the ticket open one WebSocket, once, with an \`Origin\` of yours.`,
      ].join("\n"),
    ].join("\n\n") + "\n"
  );
}
