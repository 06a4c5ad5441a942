import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { Authority } from "../infra/trust/authority";
import { protecting } from "./protection";

const TABLE = "aws:dynamodb/table:Table";
const SECRET = "aws:secretsmanager/secret:Secret";
const KEY = "tls:index/privateKey:PrivateKey";

/** A generation as far as its children look at it. */
const generation = (retired: boolean): Authority =>
  Object.assign(Object.create(Authority.prototype) as Authority, { retired, logicalName: "authority-g1" });

interface Declared {
  readonly parent?: pulumi.Resource;
  readonly unprotect?: readonly string[];
}

/** The option `protect` of what is declared without protection. */
const protectOf = (type: string, name: string, { parent, unprotect = [] }: Declared): unknown => {
  const opts = { protect: false, ...(parent === undefined ? {} : { parent }) };
  const changed = protecting(unprotect)({ resource: {} as pulumi.Resource, type, name, props: {}, opts });
  return (changed?.opts ?? opts).protect;
};

describe("what holds state", () => {
  it("is protected, whatever was said of it", () => {
    expect(protectOf(TABLE, "data-locks", {})).toBe(true);
    expect(protectOf("aws:lambda/function:Function", "edge", {})).toBe(false);
  });

  it("is open where the letter names it, by type and name", () => {
    expect(protectOf(TABLE, "data-locks", { unprotect: [`${TABLE}::data-locks`] })).toBe(false);
    expect(protectOf(TABLE, "data-locks", { unprotect: [`${SECRET}::data-locks`] })).toBe(true);
  });

  it.each([
    [TABLE, "data-locks"],
    [TABLE, "authority-g1-root"],
    ["aws:kms/key:Key", "authority-g1-root-key"],
    [SECRET, "client-web-app-secret"],
    [SECRET, "authority-g2-root-secret"],
    [KEY, "authority-g2-root-key"],
    [KEY, "other"],
  ])("is protected below a retired generation, too, as %s '%s' is none of its own", (type, name) => {
    expect(protectOf(type, name, { parent: generation(true) })).toBe(true);
  });

  it.each([
    [KEY, "authority-g1-root-key"],
    ["tls:index/selfSignedCert:SelfSignedCert", "authority-g1-root"],
    ["tls:index/locallySignedCert:LocallySignedCert", "authority-g1-clients-issuer"],
    [SECRET, "authority-g1-services-issuer-secret"],
  ])("is open where a generation is retired whose own it is: %s '%s'", (type, name) => {
    expect(protectOf(type, name, { parent: generation(true) })).toBe(false);
    expect(protectOf(type, name, { parent: generation(false) })).toBe(true);
    expect(protectOf(type, name, {})).toBe(true);
  });
});
