import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { isoDay } from "../settings/primitives";

export const PINS_FILE = "pins.json";

/** Nobody could look it up: it is not deployed, and its clauses are open. */
export const UNPINNED = "unpinned";

const lookedUp = z.strictObject({
  on: isoDay,
  /** `registry`: asked of where it lies. `public-files`: named so, with this version, by public repositories that do not copy each other. */
  by: z.enum(["registry", "public-files"]),
  /** How somebody else finds the same. */
  how: z.string().min(10).max(300),
});

const image = z.union([
  z.strictObject({
    image: z.string().regex(/^[a-z0-9][a-z0-9.-]*\.[a-z]+(\/[a-z0-9._-]+)+$/),
    version: z.string().regex(/^[\w][\w.-]{0,127}$/),
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    lookedUp,
  }),
  z.strictObject({
    image: z.string().regex(/^[a-z0-9][a-z0-9.-]*\.[a-z]+(\/[a-z0-9._-]+)+$/),
    version: z.string().regex(/^[\w][\w.-]{0,127}$/),
    digest: z.literal(UNPINNED),
  }),
]);

const action = z.union([
  z.strictObject({
    version: z.string().regex(/^v\d+(\.\d+){0,2}$/),
    commit: z.string().regex(/^[0-9a-f]{40}$/),
    lookedUp,
  }),
  z.strictObject({ version: z.string().regex(/^v\d+(\.\d+){0,2}$/), commit: z.literal(UNPINNED) }),
]);

export const IMAGES = ["blackbox-exporter", "zap", "schemathesis", "aws-cli"] as const;
export type ImageName = (typeof IMAGES)[number];

/**
 * Older ones lack something that we rest on: the exporter reads a header from a file at each probe since 0.26 (`http_headers.files`).
 * https://github.com/prometheus/blackbox_exporter/blob/master/CHANGELOG.md
 */
const LEAST_VERSIONS: Partial<Record<ImageName, readonly [number, number]>> = {
  "blackbox-exporter": [0, 26],
};

/** What comes from elsewhere and is held to its content: images by digest, workflows' actions by commit. Nothing in it is made up. */
export const pinsSchema = z.strictObject({
  images: z.strictObject(
    Object.fromEntries(IMAGES.map((name) => [name, image])) as Record<ImageName, typeof image>,
  ),
  actions: z.record(z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/), action),
});

export type Pins = z.infer<typeof pinsSchema>;
export type ImagePin = Pins["images"][ImageName];

/** `<image>:<version>@sha256:<digest>`, or nothing where it is unpinned. */
export const imageReference = ({ image, version, digest }: ImagePin): string | undefined =>
  digest === UNPINNED ? undefined : `${image}:${version}@${digest}`;

/** A fault of `pins.json`, for a person. */
export class PinsError extends Error {
  override readonly name = "PinsError";
}

/**
 * @param projectDir the folder of `Pulumi.yaml`
 * @throws PinsError where the file is missing or not as it should be
 */
export function readPins(projectDir: string): Pins {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path.join(projectDir, PINS_FILE), "utf8"));
  } catch (error) {
    throw new PinsError(
      `${PINS_FILE}: got ${error instanceof SyntaxError ? "no JSON" : "no file that can be read"}; allowed: the pins of images and actions; fix: git checkout ${PINS_FILE}`,
    );
  }
  const result = pinsSchema.safeParse(value);
  if (result.success) {
    refuseOldVersions(result.data);
    return result.data;
  }
  const [issue] = result.error.issues;
  throw new PinsError(
    `${PINS_FILE}: got something else at ${issue?.path.join(".") || "its top"}; allowed: a digest that was looked up, with where and when, or "${UNPINNED}"; fix: npm run pins`,
  );
}

function refuseOldVersions({ images }: Pins): void {
  for (const name of IMAGES) {
    const least = LEAST_VERSIONS[name];
    if (least === undefined) continue;
    const { version } = images[name];
    const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
    if (Number(major) > least[0] || (Number(major) === least[0] && Number(minor) >= least[1])) continue;
    throw new PinsError(
      `${PINS_FILE}: got ${version} at images.${name}.version; allowed: ${least.join(".")}.0 or later; fix: take a later version, and its digest`,
    );
  }
}
