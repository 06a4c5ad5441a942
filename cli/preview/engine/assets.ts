/**
 * The hashes that the engine gives to assets and archives: SHA-256 over the content, for an archive over a tar
 * of its files in the order of their names.
 *
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/archive/archive.go
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { isAbsolute, join, posix } from "node:path";
import type { Json } from "../model";
import { PreviewError } from "./errors";
import { ARCHIVE, SIGNATURE, isObject, type JsonObject } from "./signatures";

const ARCHIVE_SUFFIXES = [".tar", ".tgz", ".tar.gz", ".zip", ".jar"];
const TAR_BLOCK_BYTES = 512;
/** Names longer than this would need tar's extended headers. */
const TAR_NAME_BYTES = 100;

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");

const resolvePath = (path: string, directory: string): string =>
  isAbsolute(path) ? path : join(directory, path);

function refuseRemote(uri: string): never {
  throw new PreviewError({
    what: "an asset's content is elsewhere",
    got: uri,
    allowed: "text or a file of the project: a preview uses no network",
    fix: "put the file into the project and use FileAsset or StringAsset",
  });
}

function assetContent(asset: JsonObject, directory: string): Buffer {
  if (text(asset["uri"])) refuseRemote(text(asset["uri"]));
  const path = text(asset["path"]);
  return path ? readFileSync(resolvePath(path, directory)) : Buffer.from(text(asset["text"]));
}

/** The asset with its `hash`, its fields as the engine writes them to its state. */
export function hashAsset(asset: JsonObject, directory: string): JsonObject {
  const given = text(asset["hash"]);
  const hash = given || createHash("sha256").update(assetContent(asset, directory)).digest("hex");
  return canonical({ ...asset, hash });
}

/** The archive with its `hash`, its fields as the engine writes them to its state; so are the assets inside. */
export function hashArchive(archive: JsonObject, directory: string): JsonObject {
  if (text(archive["uri"])) refuseRemote(text(archive["uri"]));
  const members = archive["assets"];
  const hashed = isObject(members)
    ? {
        ...archive,
        assets: Object.fromEntries(
          Object.entries(members).map(([name, member]) => [name, hashMember(member, directory)]),
        ),
      }
    : archive;
  return canonical({ ...hashed, hash: text(archive["hash"]) || archiveHash(archive, directory) });
}

function hashMember(member: Json, directory: string): Json {
  if (!isObject(member)) return member;
  return member[SIGNATURE] === ARCHIVE ? hashArchive(member, directory) : hashAsset(member, directory);
}

function archiveHash(archive: JsonObject, directory: string): string {
  const hash = createHash("sha256");
  const path = text(archive["path"]);
  if (path && ARCHIVE_SUFFIXES.some((suffix) => path.endsWith(suffix))) {
    hash.update(readFileSync(resolvePath(path, directory)));
  } else {
    const seen = new Set<string>();
    for (const [name, content] of archiveFiles(archive, directory)) {
      if (seen.has(name)) continue;
      seen.add(name);
      hash.update(tarHeader(name, content.length)).update(content);
      hash.update(Buffer.alloc((TAR_BLOCK_BYTES - (content.length % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES));
    }
    hash.update(Buffer.alloc(2 * TAR_BLOCK_BYTES));
  }
  return hash.digest("hex");
}

/** Without the marks that the SDK adds for itself. */
function canonical(object: JsonObject): JsonObject {
  const result: { [key: string]: Json } = { [SIGNATURE]: object[SIGNATURE] ?? null };
  for (const field of ["hash", "path", "text", "uri"])
    if (text(object[field])) result[field] = text(object[field]);
  if (isObject(object["assets"])) result["assets"] = object["assets"];
  return result;
}

function* archiveFiles(archive: JsonObject, directory: string): Generator<readonly [string, Buffer]> {
  const path = text(archive["path"]);
  if (path) {
    if (ARCHIVE_SUFFIXES.some((suffix) => path.endsWith(suffix))) {
      throw new PreviewError({
        what: "a packed archive inside an archive",
        got: path,
        allowed: "files and folders",
        fix: "unpack it",
      });
    }
    yield* folderFiles(resolvePath(path, directory), "");
    return;
  }
  const assets = archive["assets"];
  if (!isObject(assets)) return;
  for (const name of Object.keys(assets).sort()) {
    const member = assets[name];
    if (!isObject(member)) continue;
    if (member[SIGNATURE] === ARCHIVE) {
      for (const [inner, content] of archiveFiles(member, directory))
        yield [posix.join(name, inner), content];
    } else {
      yield [name, assetContent(member, directory)];
    }
  }
}

function* folderFiles(folder: string, prefix: string): Generator<readonly [string, Buffer]> {
  for (const name of readdirSync(folder).sort()) {
    if (name === ".pulumi") continue;
    const path = join(folder, name);
    const inner = prefix ? `${prefix}/${name}` : name;
    if (statSync(path).isDirectory()) yield* folderFiles(path, inner);
    else yield [inner, readFileSync(path)];
  }
}

/** A header as Go's `archive/tar` writes it when only name, mode and size are given. */
function tarHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > TAR_NAME_BYTES || !/^[\x20-\x7e]*$/.test(name)) {
    throw new PreviewError({
      what: "the name of a file in an archive",
      got: name,
      allowed: `ASCII, at most ${TAR_NAME_BYTES} characters`,
      fix: "shorten it",
    });
  }
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  const octal = (value: number, offset: number, digits: number): void => {
    header.write(`${value.toString(8).padStart(digits, "0")}\0`, offset, "latin1");
  };
  header.write(name, 0, "latin1");
  octal(0o600, 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // modification time
  header.write("        ", 148, "latin1"); // the checksum counts itself as spaces
  header.write("0", 156, "latin1"); // a regular file
  header.write("ustar\x0000", 257, "latin1");
  octal(0, 329, 7); // device
  octal(0, 337, 7);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
