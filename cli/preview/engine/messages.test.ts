import { createRequire } from "node:module";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import * as fc from "fast-check";
import type { Struct as StructType } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import type { Json } from "../model";
import {
  decodeAnalyzeResponse,
  decodeAnalyzerInfo,
  decodeRegisterResource,
  encodeAnalyze,
  encodeAnalyzeStack,
  encodeRegisterResourceResponse,
  type AnalyzedResource,
} from "./messages";
import { decodeStruct, encodeStruct, structKeys } from "./values";

// The SDK brings its own protobuf library, to whose classes its messages belong.
const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { Struct } = sdkRequire("google-protobuf/google/protobuf/struct_pb") as { Struct: typeof StructType };

/** Any JSON object, without what JSON itself would not keep. */
const jsonObjects = fc
  .dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }))
  .map((object) => JSON.parse(JSON.stringify(object)) as { [key: string]: Json })
  .filter((object) => !JSON.stringify(object).includes("__proto__"));

const encodeBySdk = (object: { readonly [key: string]: Json }): Buffer =>
  Buffer.from(Struct.fromJavaScript(object as Parameters<typeof Struct.fromJavaScript>[0]).serializeBinary());

describe("the protocol's bytes", () => {
  it("of any properties are read as the SDK wrote them", () => {
    fc.assert(
      fc.property(jsonObjects, (object) => {
        const bytes = encodeBySdk(object);
        expect(decodeStruct(bytes)).toEqual(object);
        expect(structKeys(bytes).sort()).toEqual(Object.keys(object).sort());
      }),
    );
  });

  it("of any properties are written so that the SDK reads the same", () => {
    fc.assert(
      fc.property(jsonObjects, (object) => {
        expect(Struct.deserializeBinary(encodeStruct(object)).toJavaScript()).toEqual(object);
      }),
    );
  });

  it("of a registration are read as the SDK wrote them", () => {
    const request = new resource.RegisterResourceRequest();
    request.setType("x:y:Z");
    request.setName("name");
    request.setParent("urn:parent");
    request.setCustom(true);
    request.setObject(Struct.fromJavaScript({ size: 3 }));
    request.setProtect(false);
    request.setDependenciesList(["urn:a", "urn:b"]);
    request.setProvider("urn:provider::id");
    const dependencies = new resource.RegisterResourceRequest.PropertyDependencies();
    dependencies.setUrnsList(["urn:a"]);
    request.getPropertydependenciesMap().set("size", dependencies);
    request.setDeletebeforereplace(true);
    request.setDeletebeforereplacedefined(true);
    request.setVersion("1.2.3");
    request.setIgnorechangesList(["size"]);
    request.setAdditionalsecretoutputsList(["password"]);
    const timeouts = new resource.RegisterResourceRequest.CustomTimeouts();
    timeouts.setCreate("5m");
    timeouts.setRead("1h30m");
    request.setCustomtimeouts(timeouts);
    request.getProvidersMap().set("x", "urn:provider::id");
    request.setReplaceonchangesList(["kind"]);
    request.setPlugindownloadurl("https://example.com/plugins");
    request.setRetainondelete(true);
    request.setDeletedwith("urn:with");
    request.setReplaceWithList(["urn:other"]);
    request.setHidediffsList(["size"]);
    request.setAliasurnsList(["urn:old"]);
    request.setSupportspartialvalues(true);

    const { object, ...read } = decodeRegisterResource(Buffer.from(request.serializeBinary()));
    expect(decodeStruct(object)).toEqual({ size: 3 });
    expect(read).toEqual({
      type: "x:y:Z",
      name: "name",
      parent: "urn:parent",
      custom: true,
      protect: false,
      dependencies: ["urn:a", "urn:b"],
      provider: "urn:provider::id",
      propertyDependencies: new Map([["size", ["urn:a"]]]),
      deleteBeforeReplace: true,
      deleteBeforeReplaceDefined: true,
      version: "1.2.3",
      ignoreChanges: ["size"],
      additionalSecretOutputs: ["password"],
      importId: "",
      customTimeouts: { create: "5m", update: "", delete: "", read: "1h30m" },
      remote: false,
      providers: new Map([["x", "urn:provider::id"]]),
      replaceOnChanges: ["kind"],
      pluginDownloadUrl: "https://example.com/plugins",
      retainOnDelete: true,
      deletedWith: "urn:with",
      replaceWith: ["urn:other"],
      replacementTrigger: undefined,
      packageRef: "",
      hooks: new Map(),
      envVarMappings: new Map(),
      unsupported: ["hideDiffs"],
    });
  });

  it("of an answer to a registration are read by the SDK", () => {
    const bytes = encodeRegisterResourceResponse({
      urn: "urn:a",
      id: "id",
      object: encodeStruct({ size: 3 }),
    });
    const response = resource.RegisterResourceResponse.deserializeBinary(bytes);
    expect([response.getUrn(), response.getId(), response.getObject()?.toJavaScript()]).toEqual([
      "urn:a",
      "id",
      { size: 3 },
    ]);
  });

  const analyzed: AnalyzedResource = {
    urn: "urn:a",
    type: "x:y:Z",
    name: "a",
    parent: "urn:parent",
    protect: true,
    ignoreChanges: ["size"],
    deleteBeforeReplace: false,
    additionalSecretOutputs: ["password"],
    timeouts: { create: 300, update: 0, delete: 5400, read: 0 },
    provider: {
      urn: "urn:p",
      type: "pulumi:providers:x",
      name: "p",
      properties: encodeStruct({ region: "r" }),
    },
    dependencies: ["urn:b"],
    propertyDependencies: new Map([
      ["size", ["urn:b"]],
      ["none", []],
    ]),
  };

  it("of what a policy sees of a resource are read by the SDK", () => {
    const request = analyzer.AnalyzeRequest.deserializeBinary(
      encodeAnalyze(analyzed, encodeStruct({ size: 3 })),
    );
    expect(request.toObject()).toMatchObject({ type: "x:y:Z", urn: "urn:a", name: "a" });
    expect(request.getProperties()?.toJavaScript()).toEqual({ size: 3 });
    expect(request.getOptions()?.toObject()).toEqual({
      protect: true,
      ignorechangesList: ["size"],
      deletebeforereplace: false,
      deletebeforereplacedefined: true,
      additionalsecretoutputsList: ["password"],
      aliasesList: [],
      customtimeouts: { create: 300, update: 0, pb_delete: 5400, read: 0 },
      parent: "urn:parent",
    });
    expect(request.getProvider()?.toObject()).toMatchObject({
      type: "pulumi:providers:x",
      urn: "urn:p",
      name: "p",
    });
    expect(request.getProvider()?.getProperties()?.toJavaScript()).toEqual({ region: "r" });
  });

  it("of what a policy sees of a stack are read by the SDK, without dependencies on nothing", () => {
    const bytes = encodeAnalyzeStack([{ analyzed, outputs: encodeStruct({ arn: "arn" }) }]);
    const [first] = analyzer.AnalyzeStackRequest.deserializeBinary(bytes).getResourcesList();
    expect(first?.toObject()).toMatchObject({
      urn: "urn:a",
      parent: "urn:parent",
      dependenciesList: ["urn:b"],
    });
    expect(first?.getProperties()?.toJavaScript()).toEqual({ arn: "arn" });
    expect(first?.getPropertydependenciesMap().toObject(false, (_include, each) => each.toObject())).toEqual([
      ["size", { urnsList: ["urn:b"] }],
    ]);
  });

  it("of a pack's verdict are read as the SDK wrote them", () => {
    const diagnostic = new analyzer.AnalyzeDiagnostic();
    diagnostic.setPolicyname("policy");
    diagnostic.setPolicypackname("pack");
    diagnostic.setMessage("m".repeat(500));
    diagnostic.setDescription("left out");
    diagnostic.setEnforcementlevel(analyzer.EnforcementLevel.MANDATORY);
    diagnostic.setSeverity(analyzer.PolicySeverity.POLICY_SEVERITY_HIGH);
    diagnostic.setUrn("urn:a");
    const notApplicable = new analyzer.PolicyNotApplicable();
    notApplicable.setPolicyName("other");
    notApplicable.setReason("elsewhere");
    const response = new analyzer.AnalyzeResponse();
    response.addDiagnostics(diagnostic);
    response.addNotApplicable(notApplicable);
    expect(decodeAnalyzeResponse(Buffer.from(response.serializeBinary()))).toEqual({
      diagnostics: [
        {
          policy: "policy",
          pack: "pack",
          message: "m".repeat(500),
          enforcementLevel: "mandatory",
          urn: "urn:a",
          severity: "high",
        },
      ],
      notApplicable: [{ policy: "other", reason: "elsewhere" }],
    });
  });

  it("of a pack's description are read as the SDK wrote them", () => {
    const framework = new analyzer.PolicyComplianceFramework();
    framework.setName("f");
    framework.setReference("B4.1");
    const policy = new analyzer.PolicyInfo();
    policy.setName("policy");
    policy.setEnforcementlevel(analyzer.EnforcementLevel.REMEDIATE);
    policy.setFramework(framework);
    policy.setRemediationSteps("do");
    policy.setUrl("https://example.com/");
    policy.setTagsList(["FSBP Lambda.1", "by-the-day"]);
    const info = new analyzer.AnalyzerInfo();
    info.setName("pack");
    info.setVersion("1.0.0");
    info.addPolicies(policy);
    expect(decodeAnalyzerInfo(Buffer.from(info.serializeBinary()))).toMatchObject({
      name: "pack",
      version: "1.0.0",
      policies: [
        {
          name: "policy",
          enforcementLevel: "remediate",
          severity: "unspecified",
          frameworkReference: "B4.1",
          remediationSteps: "do",
          url: "https://example.com/",
          tags: ["FSBP Lambda.1", "by-the-day"],
        },
      ],
    });
  });
});
