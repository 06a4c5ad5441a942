import * as aws from "@pulumi/aws";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definitions } from "../catalogue";
import { controlTypes, otherControls, withoutControl } from "../controls";
import { controlExceptions } from "../exceptions";
import { types } from "../lib/types";
import { object, objects, text as textOf } from "../lib/values";
import { clausesSource } from "../tools/clauses";
import { controls, frameworks, readme } from "../tools/documents";
import { readWorkOrder } from "../tools/workOrder";
import { publishedControls } from "./publishedControls";

const read = (name: string): string => readFileSync(join(__dirname, "..", name), "utf8");

describe("what is made from something else", () => {
  it("clauses.ts is what work-order.md says", async () => {
    expect(read("clauses.ts")).toBe(await clausesSource());
  });

  it("README.md has the clauses and the catalogue of the pack", () => {
    expect(read("README.md")).toBe(readme(read("README.md")));
  });

  it("frameworks.md is what frameworks.ts says", () => {
    expect(read("frameworks.md")).toBe(frameworks());
  });

  it.each(["README.md", "frameworks.md", "controls.md"])(
    "%s leads to files and headings that are there",
    (name) => {
      const links = [...read(name).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = ""]) => link);
      const dead = links.filter((link) => {
        const [file = "", anchor] = link.split("#");
        const path = join(__dirname, "..", file || name);
        return (
          !existsSync(path) ||
          (anchor !== undefined && !readFileSync(path, "utf8").includes(`<a id="${anchor}"></a>`))
        );
      });
      expect(dead).toEqual([]);
    },
  );

  it("controls.md is what policies, controls and exceptions say", () => {
    expect(read("controls.md")).toBe(controls());
  });
});

describe("the reading of the work order", () => {
  const text = read("work-order.md");
  const order = readWorkOrder(text);
  const clause = (id: string) => order.clauses.find((candidate) => candidate.id === id);

  it("finds 42 clauses in 9 blocks", () => {
    expect(order.blocks.map(({ id }) => id)).toEqual(["B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"]);
    expect(order.clauses).toHaveLength(42);
  });

  it("gives a clause its owner, deadline and milestone (B4.1, B5.1, B7.7)", () => {
    expect(clause("B4.1")).toMatchObject({ owner: "DevOps security", dueHours: 36, milestone: "T+24h" });
    expect(clause("B5.1")).toMatchObject({ owner: "DevOps security", dueHours: 48, milestone: "T+36h" });
    expect(clause("B7.7")).toMatchObject({ owner: "coordinator", dueHours: null });
    // Nobody owns these; their milestone is when they are due.
    expect(clause("B7.1")).toMatchObject({ owner: null, dueHours: 48, milestone: "T+48h" });
    expect(clause("B8.3")).toMatchObject({ owner: null, dueHours: 48, milestone: "T+48h" });
    expect(clause("B0.1")).toMatchObject({ dueHours: null, milestone: null });
  });

  it("refuses a work order that lost an owner, a milestone or a cell", () => {
    expect(() => readWorkOrder(text.replace("observability, the observability engineer (2 h);", ""))).toThrow(
      /nobody owns B1/,
    );
    expect(() => readWorkOrder(text.replace("certificates automated", "certificates"))).toThrow(
      /no longer says/,
    );
    expect(() => readWorkOrder(text.replace("| A usage plan and key per client. |", "|"))).toThrow(
      /expected "\| B1\.2/,
    );
  });
});

describe("the controls", () => {
  it("are each said to be met, excepted or not applicable once for a type", () => {
    const keys = [
      ...otherControls.map(({ control, resourceType }) => `${control} ${resourceType}`),
      ...controlExceptions.flatMap(({ controls: list, resourceType }) =>
        list.map((one) => `${one} ${resourceType}`),
      ),
      ...definitions.flatMap(({ types: judged, controls: list = [] }) =>
        list.map((one) => `${one} ${judged.join()}`),
      ),
    ].filter((key) => !key.endsWith(" "));
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });

  it("stand at the resource that they are about, and say what is excepted of what is met", () => {
    const rowOf = (control: string): string =>
      controls()
        .split("\n")
        .find((line) => line.startsWith(`| ${control} |`)) ?? "";
    expect(rowOf("FSBP WAF.10")).toContain("| aws:wafv2/webAcl:WebAcl | met by `web-acl-binds-stage` |");
    expect(rowOf("CKV2_AWS_23")).toContain("| aws:route53/record:Record |");
    expect(rowOf("CKV2_AWS_29")).toContain("| aws:wafv2/webAclAssociation:WebAclAssociation |");
    for (const control of ["FSBP SecretsManager.1", "CKV2_AWS_57", "AwsSolutions-SMG4"])
      expect(rowOf(control)).toMatch(/met, except staging's .*\(EX-001, to .*\(EX-005, to /);
    const claimed = definitions.flatMap(({ controls: list = [] }) => list);
    expect(Object.keys(controlTypes).filter((control) => !claimed.includes(control))).toEqual([]);
  });

  it("name policies that are in the pack", () => {
    const names = definitions.map(({ name }) => name);
    for (const { because } of otherControls) {
      for (const [, name] of because.matchAll(/\(([a-z]+(?:-[a-z]+)+)\)/g)) expect(names).toContain(name);
    }
  });
});

describe("the published controls of what is declared", () => {
  const preview: unknown = JSON.parse(read("../stacks/staging/preview.json"));
  const declared = new Set(
    objects(object(preview).steps)
      .map(({ newState }) => textOf(object(newState).type))
      .filter((type) => !/^(fase-b|pulumi):/.test(type)),
  );
  const answered = new Set([
    ...definitions.flatMap(({ controls: list = [] }) => list),
    ...otherControls.map(({ control }) => control),
    ...controlExceptions.flatMap(({ controls: list }) => list),
  ]);

  it("are each met, excepted or not applicable, for every type of staging", () => {
    const open = [...declared].flatMap((type) =>
      (publishedControls[type] ?? [])
        .filter((control) => !answered.has(control))
        .map((control) => `${type}: ${control}`),
    );
    expect(open).toEqual([]);
  });

  it("stand in a row of their type, or the type is listed as one without, and never both", () => {
    const rows = [...read("controls.md").matchAll(/^\| [^|]+ \| ([^|]+) \|/gm)];
    const inRows = new Set(rows.flatMap(([, cell = ""]) => cell.split(",").map((type) => type.trim())));
    expect(declared.size).toBeGreaterThan(60);
    expect([...declared].filter((type) => inRows.has(type) === withoutControl.includes(type))).toEqual([]);
    expect(withoutControl.filter((type) => !declared.has(type))).toEqual([]);
  });
});

describe("the type tokens", () => {
  /** The SDK's class of a token: `aws:s3/bucket:Bucket` is `aws.s3.Bucket`. */
  function sdkType(token: string): unknown {
    const [, module = "", name = ""] = /^aws:(\w+)\/\w+:(\w+)$/.exec(token) ?? [];
    const found: unknown = Reflect.get(Object(Reflect.get(aws, module)), name);
    return Reflect.get(Object(found), "__pulumiType");
  }

  it.each(Object.values(types).filter((token) => token.startsWith("aws:")))(
    "%s is one of the installed SDK",
    (token) => {
      expect(sdkType(token)).toBe(token);
    },
  );
});
