import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isRefusal, validLetter } from "../../lib/release/letter";
import { divertedBy } from "../../records/endpoints";
import { readRelease } from "../../records/release";
import { collectors, nowMs, releasedSource, sha256, stackRecord } from "./letters";

let root: string;
const put = (path: string, content: Uint8Array | string = path): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const read = (environment: Readonly<Record<string, string>> = {}) =>
  readRelease({
    root,
    source: () => ({ digest: releasedSource }),
    divertedBy: divertedBy(environment),
    trusted: () => sha256(stackRecord().roles ?? ""),
  });
const folder = "stacks/production";

function putLetter(): void {
  const { roles = "", letters } = stackRecord();
  put(`${folder}/roles.json`, roles);
  put("stacks/staging/collectors.json", collectors);
  for (const { path, bytes } of letters) put(`${folder}/letters/${path}`, bytes);
}
const answer = (environment?: Readonly<Record<string, string>>): string => {
  const letter = validLetter(read(environment), "production", "fase-b", nowMs, () => false);
  return isRefusal(letter) ? letter.refusal : letter.decision;
};

beforeEach(() => (root = mkdtempSync(join(tmpdir(), "release-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("what a release rests on, as files", () => {
  it("is a letter that holds, read from its folder", () => {
    putLetter();
    expect(answer()).toBe("GO");
  });

  it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "TF_AWS_STS_ENDPOINT", "AWS_STS_ENDPOINT"])(
    "is no letter that holds where %s leads to a host that could be any account",
    (name) => {
      putLetter();
      expect(answer({ AWS_REGION: "eu-west-1", AWS_EC2_METADATA_SERVICE_ENDPOINT: "x", [name]: "" })).toBe(
        "GO",
      );
      expect(answer({ [name]: "https://sts.example.net" })).toContain(
        `the environment: got ${name}; allowed: AWS'`,
      );
    },
  );

  it("is nothing where nothing lies", () => {
    expect(read().ofStack("production")).toEqual({ letters: [], evidence: [], defects: [] });
    expect(answer()).toContain("got no letter of fase-b");
  });

  it("is all that lies there, by its path and in the order of paths", () => {
    const evidence = ["B8.1/metrics/x.json", "B6.2/sbom/y.json"];
    for (const path of [
      ...evidence.map((one) => `evidence/${one}`),
      "collectors.json",
      "letters/b",
      "letters/a",
    ])
      put(`${folder}/${path}`);
    const found = read().ofStack("production");
    expect(found.evidence.map(({ path }) => path)).toEqual([...evidence].reverse());
    expect(found.letters.map(({ path, bytes }) => `${path} ${Buffer.from(bytes).toString()}`)).toEqual([
      `a ${folder}/letters/a`,
      `b ${folder}/letters/b`,
    ]);
    expect(Buffer.from(found.collectors ?? []).toString()).toBe(`${folder}/collectors.json`);
    expect(found.defects).toEqual([]);
  });

  it.each<[string, () => void, string]>([
    [
      "a link as a letter",
      () => symlinkSync("fase-b-001.md", join(root, folder, "letters/fase-b-002.md")),
      "letters/fase-b-002.md, which is a link",
    ],
    [
      "a folder among the letters",
      () => put(`${folder}/letters/old/fase-b-001.md`),
      "letters/old, which is a folder",
    ],
    [
      "a link as the folder of letters",
      () => {
        rmSync(join(root, folder, "letters"), { recursive: true });
        symlinkSync("../staging/letters", join(root, folder, "letters"));
      },
      "letters, which is no folder",
    ],
    [
      "a folder as roles.json",
      () => {
        rmSync(join(root, folder, "roles.json"));
        put(`${folder}/roles.json/x`);
      },
      "roles.json, which is no file",
    ],
    [
      "a list of roles that is too large",
      () => put(`${folder}/roles.json`, Buffer.alloc(1024 * 1024 + 1, " ")),
      "roles.json, which has more than 1048576 bytes",
    ],
    [
      "a letter that is too large",
      () => put(`${folder}/letters/fase-b-001.md`, Buffer.alloc(1024 * 1024 + 1)),
      "letters/fase-b-001.md, which has more than 1048576 bytes",
    ],
    [
      "evidence below too many folders",
      () => put(`${folder}/evidence/B8.1/metrics/x/y.json`),
      "evidence/B8.1/metrics/x, which is a folder",
    ],
  ])("releases nothing with %s, and names it", (_, change, defect) => {
    putLetter();
    change();
    expect(read().ofStack("production").defects).toEqual([`${folder}/${defect}`]);
    expect(answer()).toBe(`${folder}: got ${folder}/${defect}; allowed: files that can be read`);
  });

  it("releases nothing where the system itself refuses to read", () => {
    mkdirSync(join(root, "stacks"));
    symlinkSync("production", join(root, folder));
    expect(answer()).toContain(`${folder}/roles.json, which cannot be read (ELOOP)`);
  });

  it("is read once a stack, and no stack's name leads out of the folder", () => {
    putLetter();
    put("secret/roles.json", "[]");
    const release = read();
    expect(release.ofStack("production")).toBe(release.ofStack("production"));
    for (const stack of ["../secret", "production/../../secret", "", "."])
      expect(release.ofStack(stack)).toEqual({
        letters: [],
        evidence: [],
        defects: [`${JSON.stringify(stack)}, which is no stack's name`],
      });
  });

  it("asks for the source once, and not before somebody asks", () => {
    let asked = 0;
    const source = () => ({ digest: String((asked += 1)) });
    const release = readRelease({ root, source });
    expect(asked).toBe(0);
    expect([release.source(), release.source()]).toEqual([{ digest: "1" }, { digest: "1" }]);
  });
});
