import { createHash } from "node:crypto";

/** Why something could not be looked up, for a person; never what it might be. */
export class LookUpError extends Error {
  override readonly name = "LookUpError";
}

/** Where a registry answers, and who may hand out tokens for it: nobody else is asked, whatever a challenge says. */
interface Place {
  readonly endpoint: string;
  readonly tokenOrigins: readonly string[];
}

const own = (endpoint: string): Place => ({ endpoint, tokenOrigins: [endpoint] });

/** By the host in an image's name. */
export const REGISTRIES: Readonly<Record<string, Place>> = {
  "docker.io": { endpoint: "https://registry-1.docker.io", tokenOrigins: ["https://auth.docker.io"] },
  "ghcr.io": own("https://ghcr.io"),
  "quay.io": own("https://quay.io"),
  "public.ecr.aws": own("https://public.ecr.aws"),
};

/** Indexes first: they are what an image is on all systems. https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
/** The specification lets registries refuse manifests of more than 4 MiB. */
const LARGEST_BYTES = 4 * 1024 * 1024;
const MOST_REDIRECTS = 3;

export interface RegistryOptions {
  readonly registries?: Readonly<Record<string, Place>>;
  readonly timeoutMs?: number;
}

/**
 * The digest of an image's manifest, of its own bytes: what a registry says of it must agree, and is not enough.
 *
 * @param image with its registry's host, e.g. `ghcr.io/zaproxy/zaproxy`
 * @throws LookUpError
 */
export async function imageDigest(
  image: string,
  tag: string,
  options: RegistryOptions = {},
): Promise<string> {
  const { registries = REGISTRIES, timeoutMs = 20_000 } = options;
  const [host = "", ...path] = image.split("/");
  const place = Object.hasOwn(registries, host) ? registries[host] : undefined;
  if (place === undefined)
    throw new LookUpError(
      `${host} is no registry that is known here (${Object.keys(registries).join(", ")})`,
    );
  // The library's images have no owner in their name.
  const repository = host === "docker.io" && path.length === 1 ? `library/${path[0]}` : path.join("/");
  const url = `${place.endpoint}/v2/${repository}/manifests/${tag}`;
  const signal = AbortSignal.timeout(timeoutMs);
  const accept = MANIFESTS.join(", ");
  let answer = await get(url, { accept }, signal);
  if (answer.status === 401) {
    const token = await tokenFor(answer.header("www-authenticate"), repository, place, signal);
    answer = await get(url, { accept, authorization: `Bearer ${token}` }, signal);
  }
  if (answer.status !== 200) throw new LookUpError(`${host} answered ${answer.status}`);
  const type = (answer.header("content-type").split(";")[0] ?? "").trim();
  if (!MANIFESTS.includes(type))
    throw new LookUpError(`${host} answered with ${type || "no type"}, no manifest`);
  if (!isManifest(answer.body)) throw new LookUpError(`${host} answered with what is no manifest`);
  const digest = `sha256:${createHash("sha256").update(answer.body).digest("hex")}`;
  const said = answer.header("docker-content-digest");
  if (said !== "" && said !== digest)
    throw new LookUpError(`${host} says ${said} of a manifest whose bytes are ${digest}`);
  return digest;
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function tokenFor(
  challenge: string,
  repository: string,
  place: Place,
  signal: AbortSignal,
): Promise<string> {
  const parts = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const realm = parts.get("realm") ?? "";
  if (!/^bearer /i.test(challenge) || !URL.canParse(realm))
    throw new LookUpError("the registry asks for a login of a kind that is not known here");
  const url = new URL(realm);
  if (!place.tokenOrigins.includes(url.origin))
    throw new LookUpError(`the registry sends to ${url.origin} for a token, which is not its own`);
  const service = parts.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  // Never more than is needed, whatever the challenge asks for.
  url.searchParams.set("scope", `repository:${repository}:pull`);
  const { status, body } = await get(url.href, {}, signal);
  const { token, access_token: other } = (status === 200 ? objectOf(body) : {}) as Record<string, unknown>;
  const found = token ?? other;
  // Into a header it goes as it is.
  if (typeof found !== "string" || !/^[\x21-\x7e]{1,16384}$/.test(found))
    throw new LookUpError(`the registry's token service answered ${status} and no token`);
  return found;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly header: (name: string) => string;
}

/** Follows redirects within the origin alone: another one would get the token, and is not whom we asked. */
async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer> {
  let at = new URL(url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await fetch(at, { headers, redirect: "manual", signal }).catch((error: unknown) => {
      throw new LookUpError(reason(error, at.host));
    });
    if (response.status < 300 || response.status >= 400) {
      const header = (name: string): string => response.headers.get(name) ?? "";
      return { status: response.status, body: await bodyOf(response, at.host), header };
    }
    await response.body?.cancel();
    const to = response.headers.get("location") ?? "";
    if (!URL.canParse(to, at.href)) throw new LookUpError(`${at.host} sends elsewhere, to nowhere`);
    const next = new URL(to, at.href);
    if (next.origin !== at.origin)
      throw new LookUpError(`${at.host} sends to ${next.origin}, who was not asked`);
    at = next;
  }
  throw new LookUpError(`${at.host} sends from place to place`);
}

async function bodyOf(response: Response, host: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      // Leaving the loop ends the transfer.
      if (bytes > LARGEST_BYTES)
        throw new LookUpError(`${host} answered with more than ${LARGEST_BYTES} bytes`);
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof LookUpError ? error : new LookUpError(reason(error, host));
  }
  return Buffer.concat(parts);
}

function reason(error: unknown, host: string): string {
  if (error instanceof Error && error.name === "TimeoutError") return `${host} gave no answer in time`;
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return `${host} can't be reached (${cause?.code ?? (error instanceof Error ? error.name : "unknown")})`;
}

function objectOf(body: Buffer): object {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

const isManifest = (body: Buffer): boolean => Reflect.get(objectOf(body), "schemaVersion") === 2;
