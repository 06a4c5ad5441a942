import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Authority } from "./authority/authority";
import type { Staging } from "./staging";

/** For the owner's eyes. */
const PRIVATE = 0o600;

/** @returns the value of each client's API key */
export function newApiKeys({ clients }: Staging): ReadonlyMap<string, string> {
  return new Map(clients.map(({ clientId }) => [clientId, randomBytes(30).toString("base64url")]));
}

/**
 * What a caller needs: the root to trust and for each client a certificate, a key, an API key, and a file that gives them
 * all to curl (`curl -K`), with every domain at this machine.
 */
export async function writeClientFiles(
  folder: string,
  staging: Staging,
  authority: Authority,
  apiKeys: ReadonlyMap<string, string>,
  port: number,
): Promise<void> {
  const clients = join(folder, "clients");
  mkdirSync(clients, { recursive: true });
  const root = join(clients, "root.pem");
  writeFileSync(root, authority.rootPem);
  writeFileSync(join(clients, "truststore.pem"), authority.truststorePem);
  const resolved = staging.domains.map(({ domain }) => `resolve = "${domain}:${port}:127.0.0.1"`);
  for (const { clientId } of staging.clients) {
    const { certificatePem, keyPem } = await authority.client(clientId);
    const [certificate, key, apiKey] = ["pem", "key", "api-key"].map((kind) =>
      join(clients, `${clientId}.${kind}`),
    );
    writeFileSync(certificate ?? "", certificatePem);
    writeFileSync(key ?? "", keyPem, { mode: PRIVATE });
    writeFileSync(apiKey ?? "", apiKeys.get(clientId) ?? "", { mode: PRIVATE });
    const lines = [
      `cacert = "${root}"`,
      `cert = "${certificate}"`,
      `key = "${key}"`,
      `header = "x-api-key: ${apiKeys.get(clientId)}"`,
      `header = "Content-Type: application/json"`,
      ...resolved,
    ];
    writeFileSync(join(clients, `${clientId}.curl`), `${lines.join("\n")}\n`, { mode: PRIVATE });
  }
}

/** A good request of each route. */
export const exampleBodies: Readonly<Record<string, object>> = {
  "/chat": { messages: [{ role: "user", content: "Hello" }] },
  "/vision": { image: { mediaType: "image/png", data: "iVBORw0KGgo=" }, prompt: "What is it?" },
  "/avatar": { avatarId: "av_12345678", text: "Hello", voice: "es-clara" },
  "/realtime-voice/tickets": { language: "es", audio: { encoding: "opus", sampleRateHz: 24000 } },
};

export interface CurlLine {
  readonly route: string;
  readonly command: string;
}

/** One for each route, ready to paste. */
export function curlLines(
  folder: string,
  cwd: string,
  port: number,
  clientId: string,
  domainOf: (route: string) => string | undefined,
): readonly CurlLine[] {
  const file = relative(cwd, join(folder, "clients", `${clientId}.curl`));
  return Object.entries(exampleBodies).flatMap(([route, body]) => {
    const domain = domainOf(route);
    if (domain === undefined) return [];
    const headers = `-H 'Idempotency-Key: "${randomBytes(6).toString("hex")}"' -H 'X-Subject: u_7f3b2c9a1d4e4f60'`;
    return [
      {
        route,
        command: `curl -iK ${file} ${headers} -d '${JSON.stringify(body)}' https://${domain}:${port}${route}`,
      },
    ];
  });
}
