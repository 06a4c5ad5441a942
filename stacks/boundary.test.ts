import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { bounding } from "./boundary";

const declared = (type: string, props: object): unknown =>
  bounding({ id: "123456789012" })({
    resource: {} as pulumi.Resource,
    type,
    name: "some",
    props,
    opts: { protect: true },
  });

describe("every role of the program", () => {
  it("has the account's boundary, whatever was said of it, and else what was said", () => {
    expect(declared("aws:iam/role:Role", { name: "r", permissionsBoundary: "mine" })).toEqual({
      props: { name: "r", permissionsBoundary: "arn:aws:iam::123456789012:policy/fase-b-account-boundary" },
      opts: { protect: true },
    });
  });

  it("is all that is changed", () => {
    expect(declared("aws:iam/rolePolicy:RolePolicy", { name: "r" })).toBeUndefined();
  });
});
