import { domainsOf, type Domain } from "../lib/domains";
import { bodyOf, operationsOf } from "../lib/openapi";
import { ordered } from "../lib/orderedAgents";
import { stackPolicy, type Stack, type StackResource } from "../lib/policy";
import { groupBy, ownArnResource, pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, object, peek, show, strings, text, within, type Props } from "../lib/values";

const severities = ["page", "ticket"];

/** What of the stack the parts of a configuration are held against. */
interface Ground {
  readonly domains: ReadonlyMap<StackResource | undefined, readonly Domain[]>;
  /** Of the REST API's contract, by method and path. */
  readonly operations: ReadonlySet<string>;
  /** Clients that have a plan and a key of their own. */
  readonly clients: ReadonlySet<string>;
  readonly stack: Stack;
}

interface Agent {
  readonly component: StackResource;
  readonly props: Props;
  readonly configuration: Props;
  readonly http: boolean;
  /** The one domain below the component. */
  readonly domain: Domain | undefined;
}

type Part = (agent: Agent, ground: Ground) => boolean;

const mappingOf = ({ domain, http }: Agent, stack: Stack): StackResource | undefined => {
  const mappings = domain
    ? pointingAt(
        domain.resource,
        stack.ofType(http ? types.basePathMapping : types.voiceMapping),
        "domainName",
      )
    : [];
  return mappings.length === 1 ? mappings[0] : undefined;
};

const isName = (value: unknown): boolean => /^[a-z0-9][a-z0-9-]*$/.test(text(value));

/** Each part of a configuration by its name, and when it is there. */
const parts: Readonly<Record<string, Part>> = {
  domain: ({ configuration, domain, http }) =>
    domain !== undefined &&
    domain.name !== "" &&
    domain.name === configuration.domain &&
    domain.kind === (http ? "http" : "voice"),
  "domain mapping": (agent, { stack }) => {
    const mapping = mappingOf(agent, stack);
    if (!mapping) return false;
    const [api, stage] = agent.http
      ? [source(mapping, "restApi", types.restApi), source(mapping, "stageName", types.stage)]
      : [source(mapping, "apiId", types.voiceApi), source(mapping, "stage", types.voiceStage)];
    return api !== undefined && stage !== undefined;
  },
  // A voice session is opened by a ticket of its route, and by the $connect route of the API that the domain leads to.
  routes: (agent, { operations, stack }) => {
    const routes = strings(agent.configuration.routes);
    if (routes.length === 0) return false;
    if (agent.http) return routes.every((route) => operations.has(`POST ${route}`));
    const mapping = mappingOf(agent, stack);
    const api = mapping && source(mapping, "apiId", types.voiceApi);
    const connects = stack
      .ofType(types.voiceRoute)
      .some((route) => route.props.routeKey === "$connect" && source(route, "apiId", types.voiceApi) === api);
    return api !== undefined && connects && routes.every((route) => operations.has(`POST ${route}/tickets`));
  },
  clients: ({ configuration }, { clients }) => {
    const named = strings(configuration.clients);
    return named.length > 0 && named.every((client) => clients.has(client));
  },
  limits: ({ configuration }) =>
    Number.isInteger(configuration.maxConcurrentRequests) &&
    within(configuration.maxConcurrentRequests, 1, 1_000),
  // The edge itself answers for an HTTP agent that issues tickets; a voice agent always has somebody to talk to.
  upstream: ({ configuration: { upstream }, http }) =>
    (http && upstream === "edge") ||
    /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(\/\S*)?$/.test(text(upstream)),
  certificate: ({ props, domain }) =>
    domain !== undefined &&
    (props.certificate === "issued"
      ? domain.certificate?.props.domainName === domain.name
      : props.certificate === "existing" &&
        domain.validation === undefined &&
        /^arn:[\w-]+:acm:/.test(domain.arn ?? "") &&
        ownArnResource(domain.resource, domain.arn ?? "").startsWith("certificate/")),
  "alert labels": ({ configuration }) => {
    const { team, severity } = object(configuration.alertLabels);
    return isName(team) && severities.includes(text(severity));
  },
};

/** Clients by the tag of their plan, where a key is joined to it. */
const clientsOf = (stack: Stack): ReadonlySet<string> =>
  new Set(
    stack
      .ofType(types.usagePlan)
      .filter((plan) => pointingAt(plan, stack.ofType(types.usagePlanKey), "usagePlanId").length === 1)
      .map(({ props }) => text(object(props.tags).clientId)),
  );

export const configurationsRequireParts = stackPolicy({
  name: "configurations-require-parts",
  severity: "critical",
  clauses: ["B5.4", "B8.4"],
  summary: `The configuration of each agent is whole, in its facts and in what is declared for it: ${ordered.existing} of the ${ordered.existing} that were to be closed, and ${ordered.agents} of ${ordered.agents} with those that got a certificate.`,
  reads:
    "fase-b:index:AgentDomain: agentId, protocol, certificate, configuration; below it DomainName and its certificate; BasePathMapping, ApiMapping; RestApi.body; Route.routeKey; UsagePlan.tags ← UsagePlanKey",
  remediation:
    "give the agent the part that is named, in its settings and in what is declared for it: its domain and mapping, routes of the contract, clients with a plan, a limit, an https upstream, its certificate, a team and a severity.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
  check(stack, report) {
    const components = stack.ofType(types.agentDomain);
    const operations = stack.ofType(types.restApi).flatMap((api) => {
      const body = bodyOf(api, report);
      return body ? operationsOf(body).map(({ method, path }) => `${method} ${path}`) : [];
    });
    const ground: Ground = {
      domains: groupBy(domainsOf(stack), ({ resource }) => resource.parent),
      operations: new Set(operations),
      clients: clientsOf(stack),
      stack,
    };
    const whole: Props[] = [];
    const ids = new Set<string>();
    for (const component of components) {
      const { props } = component;
      const id = text(props.agentId);
      if (!isName(id) || ids.has(id)) {
        report({ resource: component, got: `agentId ${show(props.agentId)}`, expected: "an id of its own" });
      }
      ids.add(id);
      if (!["http", "websocket"].includes(text(props.protocol))) {
        report({
          resource: component,
          got: `protocol ${show(props.protocol)}`,
          expected: '"http" or "websocket"',
        });
      }
      const [domain, ...more] = ground.domains.get(component) ?? [];
      const agent: Agent = {
        component,
        props,
        configuration: object(peek(() => props.configuration)),
        http: props.protocol === "http",
        domain: more.length === 0 ? domain : undefined,
      };
      const missing = Object.entries(parts)
        .filter(([, holds]) => !holds(agent, ground))
        .map(([name]) => name);
      if (missing.length === 0) {
        whole.push(props);
        continue;
      }
      report({
        resource: component,
        got: `agent ${id} without ${join(missing)}, or with what the stack does not declare`,
        expected: `all of ${join(Object.keys(parts))}`,
      });
    }
    const count = (found: readonly Props[], kind: string): number =>
      found.filter(({ certificate }) => certificate === kind).length;
    const got = {
      existing: count(whole, "existing"),
      issued: count(whole, "issued"),
      agents: components.length,
    };
    if (got.existing !== ordered.existing || got.issued !== ordered.issued || got.agents !== ordered.agents) {
      report({
        got: `${got.existing}/${ordered.existing} configurations complete, ${got.issued}/${ordered.issued} agents with a new certificate complete, ${got.agents}/${ordered.agents} agents covered`,
        expected: `${ordered.existing}/${ordered.existing}, ${ordered.issued}/${ordered.issued} and ${ordered.agents}/${ordered.agents}`,
      });
    }
  },
});
