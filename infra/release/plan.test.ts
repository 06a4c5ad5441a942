import { describe, expect, it } from "vitest";
import { factsOf, judgePlan, type PlannedState, type PlannedStep } from "./plan";
import { DATA_SOURCE, GRAFANA, KUBERNETES } from "./reached";
import { isStaging, STAGING } from "./stackFacts";
import { AUTHORITY_TYPE } from "./stateful";

const TABLE = "aws:dynamodb/table:Table";
const FUNCTION = "aws:lambda/function:Function";
const PROVIDER = "pulumi:providers:aws";

interface Said {
  readonly stack?: string;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

const urn = (type: string, name: string, stack = "staging"): string =>
  `urn:pulumi:${stack}::fase-b::${type}::${name}`;
const state = (type: string, { parent, protect = true, custom = true, inputs = {} }: Said): PlannedState => ({
  type,
  custom,
  protect,
  inputs,
  ...(parent === undefined ? {} : { parent }),
});
/** A step with what belongs to its operation: what is deleted has no new state, what is created no old one. */
const step = (op: string, type: string, name: string, said: Said = {}): PlannedStep => ({
  op,
  urn: urn(type, name, said.stack),
  ...(op === "create" ? {} : { oldState: state(type, said) }),
  ...(op.startsWith("delete") || op === "discard" ? {} : { newState: state(type, said) }),
});

const provider = (accounts: unknown = '["123456789012"]', stack = "staging"): PlannedStep =>
  step("same", PROVIDER, "aws", { stack, inputs: { allowedAccountIds: accounts } });
const domain = (name: unknown = "chat-01.staging.example.com", stack = "staging"): PlannedStep =>
  step("same", "aws:apigateway/domainName:DomainName", "agent", { stack, inputs: { domainName: name } });
const staging = [provider(), domain()];
const production = [provider('["210987654321"]', "production"), domain("chat-01.example.com", "production")];

const MAPPING = "aws:apigateway/basePathMapping:BasePathMapping";
const VOICE_MAPPING = "aws:apigatewayv2/apiMapping:ApiMapping";
const ISSUED = "kubernetes:cert-manager.io/v1:Certificate";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const named = (type: string, inputs: Readonly<Record<string, unknown>>): PlannedStep =>
  step("same", type, "one", { inputs });

const judgedOf = (steps: readonly PlannedStep[], unprotect: readonly string[] = []): readonly string[] =>
  judgePlan(steps, unprotect).losses.map(
    ({ loss, id, allowed }) => `${allowed ? "may" : "not"} ${loss} ${id}`,
  );

describe("a plan's facts", () => {
  const strange: readonly (readonly [string, readonly PlannedStep[]])[] = [
    ["another stack", [provider(undefined, "production"), domain(undefined, "production")]],
    ["another account", [provider('["210987654321"]'), domain()]],
    ["a second account", [provider('["123456789012","210987654321"]'), domain()]],
    ["any account", [provider(undefined), provider(""), domain()]],
    ["no list of accounts", [step("same", PROVIDER, "default_7", {}), domain()]],
    ["another zone", [provider(), domain(), domain("chat-01.example.com")]],
    ["a zone that ends alike", [provider(), domain("chat-01.not-staging.example.com")]],
    ["no account at all", [domain()]],
    ["no domain at all", [provider()]],
    ["nothing", []],
    ["a mapping of another zone", [...staging, named(MAPPING, { domainName: "chat-01.example.com" })]],
    ["a WebSocket mapping of one", [...staging, named(VOICE_MAPPING, { domainName: "voice.example.com" })]],
    [
      "a cluster's certificate of one",
      [...staging, named(ISSUED, { spec: { dnsNames: ["a.example.com"] } })],
    ],
    [
      "a second name of such a certificate",
      [...staging, named(ISSUED, { spec: { dnsNames: [], commonName: "a.example.com" } })],
    ],
    ["another cluster", [...staging, named(KUBERNETES, { kubeconfig: "", context: "production" })]],
    ["whatever cluster is current", [...staging, named(KUBERNETES, { kubeconfig: "" })]],
    [
      "a kubeconfig of its own",
      [...staging, named(KUBERNETES, { kubeconfig: "{}", context: STAGING.clusterContext })],
    ],
    ["another Grafana", [...staging, named(GRAFANA, { url: "https://grafana.example.com" })]],
    ["the deployer's Grafana", [...staging, named(GRAFANA, {})]],
    ["another Prometheus", [...staging, named(DATA_SOURCE, { url: "https://prometheus.example.com" })]],
  ];
  const reached: readonly (readonly [string, PlannedStep])[] = [
    ["staging's cluster", named(KUBERNETES, { kubeconfig: "", context: STAGING.clusterContext })],
    ["manifests that are rendered", named(KUBERNETES, { renderYamlToDirectory: "out", context: "" })],
    ["staging's Grafana", named(GRAFANA, { url: "https://grafana.staging.example.com" })],
    ["a data source without an address", named(DATA_SOURCE, { type: "cloudwatch" })],
    ["a mapping", named(MAPPING, { domainName: "chat-01.staging.example.com" })],
    ["a mapping whose name is known later", named(MAPPING, { domainName: UNKNOWN })],
    ["an agent's certificate", named(ISSUED, { spec: { dnsNames: ["a.staging.example.com"] } })],
  ];

  it("are staging's where all three agree", () => {
    expect(isStaging(factsOf(staging))).toBe(true);
    const record = step("create", "aws:route53/record:Record", "r", {
      inputs: { name: "a.staging.example.com." },
    });
    expect(isStaging(factsOf([...staging, record]))).toBe(true);
  });

  it.each(reached)("are staging's with %s", (_what, one) => {
    expect(isStaging(factsOf([...staging, one]))).toBe(true);
  });

  it.each(strange)("are production's with %s", (_what, steps) => {
    expect(isStaging(factsOf(steps))).toBe(false);
  });

  it("are those of what is deleted, too: an account is not left by deleting what is there", () => {
    const gone = step("delete", PROVIDER, "other", { inputs: { allowedAccountIds: '["210987654321"]' } });
    expect(isStaging(factsOf([...staging, gone]))).toBe(false);
  });
});

describe("a plan for staging", () => {
  it.each([
    "delete",
    "replace",
    "create-replacement",
    "delete-replaced",
    "discard-replaced",
    "remove-pending-replace",
  ])("is refused where it would %s what holds state", (op) => {
    const loss = op === "delete" ? "deleted" : "replaced";
    expect(judgedOf([...staging, step(op, TABLE, "locks")])).toEqual([`not ${loss} ${TABLE}::locks`]);
    expect(judgedOf([...staging, step(op, FUNCTION, "edge")])).toEqual([`may ${loss} ${FUNCTION}::edge`]);
  });

  it("may take away what the letter names, by type and name, and nothing beside it", () => {
    const steps = [...staging, step("delete", TABLE, "locks"), step("delete", TABLE, "claims")];
    expect(judgedOf(steps, [`${TABLE}::locks`])).toEqual([
      `not deleted ${TABLE}::claims`,
      `may deleted ${TABLE}::locks`,
    ]);
    expect(judgedOf(steps, ["aws:s3/bucket:Bucket::locks", `${TABLE}::lock`])).toHaveLength(2);
    expect(judgedOf(steps, ["aws:s3/bucket:Bucket::locks"]).join()).not.toContain("may");
  });

  it("is refused where what holds state loses its protection, so that the next could delete it", () => {
    const open = step("update", TABLE, "locks", { protect: false });
    expect(judgedOf([...staging, open])).toEqual([`not unprotected ${TABLE}::locks`]);
    expect(judgedOf([...staging, open], [`${TABLE}::locks`])).toEqual([`may unprotected ${TABLE}::locks`]);
    expect(judgedOf([...staging, step("update", TABLE, "locks")])).toEqual([]);
    expect(judgedOf([...staging, step("create", TABLE, "new", { protect: false })])).toHaveLength(1);
  });

  it("is refused where the engine would do what nobody knows here", () => {
    expect(judgedOf([...staging, step("migrate", FUNCTION, "edge")], [`${FUNCTION}::edge`])).toEqual([
      `not unknown ${FUNCTION}::edge`,
    ]);
  });

  it("names deletions first, then replacements, each resource once", () => {
    const steps = [
      ...staging,
      step("update", TABLE, "open", { protect: false }),
      step("replace", TABLE, "b"),
      step("create-replacement", TABLE, "b"),
      step("delete-replaced", TABLE, "b"),
      step("delete", TABLE, "z"),
    ];
    expect(judgePlan(steps, []).losses.map(({ loss }) => loss)).toEqual([
      "deleted",
      "replaced",
      "unprotected",
    ]);
    expect(judgePlan(steps, []).others).toEqual({ same: 2 });
  });
});

describe("a generation of the authority", () => {
  const parent = urn(AUTHORITY_TYPE, "authority-g1");
  const key = "tls:index/privateKey:PrivateKey";
  const ROOT = "authority-g1-root-key";
  const authority = (before: string, after?: string): PlannedStep => ({
    op: after === undefined ? "delete" : "update",
    urn: parent,
    oldState: state(AUTHORITY_TYPE, { custom: false, inputs: { state: before } }),
    ...(after === undefined
      ? {}
      : { newState: state(AUTHORITY_TYPE, { custom: false, inputs: { state: after } }) }),
  });

  it("is taken away once it is retired, and not in the same update", () => {
    const gone = step("delete", key, ROOT, { parent, protect: false });
    expect(judgedOf([...staging, authority("retired"), gone])).toEqual([
      `may deleted ${AUTHORITY_TYPE}::authority-g1`,
      `may deleted ${key}::${ROOT}`,
    ]);
    expect(judgedOf([...staging, authority("retiring"), gone])).toContain(`not deleted ${key}::${ROOT}`);
    const replaced = step("replace", key, ROOT, { parent, protect: false });
    expect(judgedOf([...staging, authority("issuing", "retired"), replaced])).toEqual([
      `not replaced ${key}::${ROOT}`,
    ]);
  });

  it("loses its protection when it retires, and not before", () => {
    const open = step("update", key, ROOT, { parent, protect: false });
    expect(judgedOf([...staging, authority("retiring", "retired"), open])).toEqual([]);
    expect(judgedOf([...staging, authority("retired", "issuing"), open])).toEqual([
      `not unprotected ${key}::${ROOT}`,
    ]);
  });

  it("takes nothing with it that only says that it lies below", () => {
    const stranger = step("delete", key, ROOT, {
      parent: urn(AUTHORITY_TYPE, "authority-g2"),
      protect: false,
    });
    expect(judgedOf([...staging, authority("retired"), stranger])).toContain(`not deleted ${key}::${ROOT}`);
  });

  it.each([
    [TABLE, "authority-g1-root"],
    [TABLE, "data-requests"],
    ["aws:secretsmanager/secret:Secret", "client-web-app-secret"],
    ["aws:secretsmanager/secret:Secret", "authority-g2-root-secret"],
    [key, "authority-g2-root-key"],
    [key, "authority-g11-root-key"],
  ])("takes no %s '%s' with it that somebody has laid below it", (type, name) => {
    const below = { parent, protect: false };
    expect(judgedOf([...staging, authority("retired"), step("delete", type, name, below)])).toContain(
      `not deleted ${type}::${name}`,
    );
    expect(
      judgedOf([...staging, authority("retired", "retired"), step("update", type, name, below)]),
    ).toEqual([`not unprotected ${type}::${name}`]);
  });

  it("takes the secrets with it in which its own keys are kept", () => {
    const secret = "aws:secretsmanager/secret:Secret";
    const gone = step("delete", secret, "authority-g1-services-issuer-secret", { parent, protect: false });
    expect(judgedOf([...staging, authority("retired"), gone])).toContain(
      `may deleted ${secret}::authority-g1-services-issuer-secret`,
    );
  });
});

describe("a plan for production", () => {
  it("takes nothing away but what the letter names, state or not; a component is nothing in the account", () => {
    const steps = [
      ...production,
      step("delete", FUNCTION, "edge", { stack: "production" }),
      step("replace", "aws:apigateway/deployment:Deployment", "d", { stack: "production" }),
      step("delete", "fase-b:index:AgentDomain", "agent-a", { stack: "production", custom: false }),
    ];
    expect(judgedOf(steps, [`${FUNCTION}::edge`])).toEqual([
      `may deleted ${FUNCTION}::edge`,
      "may deleted fase-b:index:AgentDomain::agent-a",
      "not replaced aws:apigateway/deployment:Deployment::d",
    ]);
  });
});
