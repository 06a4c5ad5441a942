import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import { existingCertificate } from "../staging";
import type { CaseBook } from "./case";

const agent = (stack: TestStack, at = 1): TestResource =>
  stack.get(types.agentDomain, `agent-${String(at).padStart(2, "0")}`);
const without = (part: string, at = 1): RegExp =>
  new RegExp(`'agent-${String(at).padStart(2, "0")}': got agent agent-\\d\\d without ${part}, or with what`);
/** A fact of the first agent's configuration, whose certificate exists already. */
const fact =
  (path: string, value: unknown, at = 1) =>
  (stack: TestStack): TestResource =>
    agent(stack, at).set(`configuration.${path}`, value);

export const configurations: CaseBook = {
  "configurations-require-parts": {
    violations: [
      {
        when: "an agent has no configuration at all",
        change: (stack) => agent(stack).set("configuration", undefined),
        says: without("domain, routes, clients, limits, upstream and alert labels"),
      },
      {
        when: "an agent's configuration is not known",
        change: (stack) => agent(stack).set("configuration", unknownValue),
        says: without("domain, routes, clients, limits, upstream and alert labels"),
      },
      {
        when: "the domain that is declared is another",
        change: fact("domain", "chat.example.com"),
        says: without("domain"),
      },
      {
        when: "the domain is not mapped",
        change: (stack) => stack.remove(stack.get(types.basePathMapping, "agent-01-mapping")),
        says: without("domain mapping"),
      },
      {
        when: "the domain leads to no stage",
        change: (stack) => stack.get(types.basePathMapping, "agent-01-mapping").from("stageName"),
        says: without("domain mapping"),
      },
      {
        when: "a voice agent's domain leads to no API",
        change: (stack) => stack.get(types.voiceMapping, "agent-17-mapping").from("apiId"),
        says: without("domain mapping and routes", 17),
      },
      { when: "an agent serves nothing", change: fact("routes", []), says: without("routes") },
      {
        when: "an agent serves what the contract does not know",
        change: fact("routes", ["/chat", "/video"]),
        says: without("routes"),
      },
      {
        when: "a voice session's route hands out no tickets",
        change: fact("routes", ["/voice"], 17),
        says: without("routes", 17),
      },
      {
        when: "nobody can connect to a voice agent",
        change: (stack) => stack.remove(stack.get(types.voiceRoute, "voice $connect")),
        says: without("routes", 17),
      },
      { when: "nobody may call an agent", change: fact("clients", []), says: without("clients") },
      {
        when: "a client has no plan",
        change: fact("clients", ["one", "three"]),
        says: without("clients"),
      },
      {
        when: "a client's plan has no key",
        change: (stack) => stack.remove(stack.get(types.usagePlanKey, "two-plan-key")),
        says: without("clients"),
      },
      {
        when: "an agent takes as many requests as come",
        change: fact("maxConcurrentRequests", undefined),
        says: without("limits"),
      },
      {
        when: "an agent takes no request",
        change: fact("maxConcurrentRequests", 0),
        says: without("limits"),
      },
      {
        when: "an agent takes half a request",
        change: fact("maxConcurrentRequests", 0.5),
        says: without("limits"),
      },
      { when: "an agent is nowhere", change: fact("upstream", undefined), says: without("upstream") },
      {
        when: "an agent is called in plain text",
        change: fact("upstream", "http://agent.example.com"),
        says: without("upstream"),
      },
      {
        when: "an agent is called by a name without a domain",
        change: fact("upstream", "https://localhost/"),
        says: without("upstream"),
      },
      {
        when: "the edge itself is said to speak for a voice agent",
        change: fact("upstream", "edge", 17),
        says: without("upstream", 17),
      },
      {
        when: "an existing certificate is another account's",
        change: (stack) =>
          stack
            .get(types.domain, "agent-01-domain")
            .set("regionalCertificateArn", existingCertificate(1).replace("123456789012", "210987654321")),
        says: without("certificate"),
      },
      {
        when: "a certificate that exists is said to be issued",
        change: (stack) => agent(stack).set("certificate", "issued"),
        says: without("certificate"),
      },
      {
        when: "a certificate that is issued is said to exist",
        change: (stack) => agent(stack, 6).set("certificate", "existing"),
        says: without("certificate", 6),
      },
      {
        when: "the issued certificate is for another name",
        change: (stack) =>
          stack.get(types.certificate, "agent-06-certificate").set("domainName", "other.example.com"),
        says: without("certificate", 6),
      },
      {
        when: "nobody is told of an alert",
        change: fact("alertLabels", { severity: "page" }),
        says: without("alert labels"),
      },
      {
        when: "an alert is of no severity that anybody knows",
        change: fact("alertLabels", { team: "agents", severity: "whatever" }),
        says: without("alert labels"),
      },
      {
        when: "two parts are missing",
        change: (stack) => {
          fact("clients", [])(stack);
          fact("alertLabels", {})(stack);
        },
        says: without("clients and alert labels"),
      },
      {
        when: "one of the five is not whole",
        change: fact("clients", []),
        says: /The stack: got 4\/5 configurations complete, 13\/13 agents with a new certificate complete, 18\/18 agents covered/,
      },
      {
        when: "one of the thirteen is not whole",
        change: fact("clients", [], 6),
        says: /got 5\/5 configurations complete, 12\/13 agents with a new certificate complete, 18\/18/,
      },
      {
        when: "an agent is gone",
        change: (stack) => stack.remove(agent(stack, 18)),
        says: /got 5\/5 configurations complete, 12\/13 .*, 17\/18 agents covered/,
      },
      {
        when: "two agents have one id",
        change: (stack) => agent(stack, 2).set("agentId", "agent-01"),
        says: /'agent-02': got agentId "agent-01"; expected an id of its own/,
      },
      {
        when: "an agent speaks something else",
        change: (stack) => agent(stack).set("protocol", "grpc"),
        says: /'agent-01': got protocol "grpc"/,
      },
      {
        when: "an agent has two domains",
        change: (stack) => {
          const { props, parent } = stack.get(types.domain, "agent-01-domain");
          stack.add(types.domain, "agent-01-second", { ...props }, parent);
        },
        says: without("domain, domain mapping and certificate"),
      },
    ],
    nearMisses: [
      { when: "an agent serves two routes", change: fact("routes", ["/chat", "/vision"]) },
      { when: "an agent listens on a port", change: fact("upstream", "https://agent.example.com:8443/v1") },
      { when: "the edge itself answers for an HTTP agent", change: fact("upstream", "edge") },
      {
        when: "an alert only opens a ticket",
        change: fact("alertLabels", { team: "agents-2", severity: "ticket" }),
      },
      { when: "an agent takes one request at a time", change: fact("maxConcurrentRequests", 1) },
    ],
  },
};
