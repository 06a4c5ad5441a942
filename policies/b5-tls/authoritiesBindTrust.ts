import { generationOf, issuersOf } from "../lib/certificates";
import { stackPolicy, type StackResource } from "../lib/policy";
import { recordsOfIssuers } from "../lib/records";
import { groupBy, names, sources } from "../lib/relations";
import { stateful } from "../lib/stateful";
import { types } from "../lib/types";
import { join, show, text } from "../lib/values";

const states = ["introduced", "issuing", "retiring", "retired"];

/** What a generation is made of, and what else would be lost with it. */
const parts: readonly string[] = [types.certificateRequest, ...stateful];

export const authoritiesBindTrust = stackPolicy({
  name: "authorities-bind-trust",
  severity: "critical",
  clauses: ["B5.2", "B5.3"],
  summary:
    "A generation of the authority has one clients' issuer and one services' issuer, each trusted in its own place and nowhere else, and nothing of it can be deleted while it is trusted.",
  reads:
    "fase-b:index:Authority: generation, state; the LocallySignedCerts below it, the truststore and the records that hold them; the option protect of all that is below it",
  remediation:
    "trust the clients' issuer in the truststore and its record, the services' issuer in the other record, both until the generation is retired, and protect everything below a trusted generation.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/protect/",
  check(stack, report) {
    const clients = issuersOf(stack);
    const services = recordsOfIssuers(stack).services.flatMap((record) =>
      sources(record, "item", types.issuedCertificate),
    );
    const byGeneration = groupBy(
      parts.flatMap((type) => stack.ofType(type)),
      generationOf,
    );
    const seen = new Map<string, StackResource>();
    for (const authority of stack.ofType(types.authority)) {
      const { generation, state } = authority.props;
      const other = seen.get(text(generation));
      if (text(generation) === "" || other) {
        report({
          resource: authority,
          got: `generation ${show(generation)}${other ? `, which '${other.name}' is` : ""}`,
          expected: "a name of its own, known at preview",
        });
      }
      seen.set(text(generation), authority);
      if (!states.includes(text(state))) {
        report({ resource: authority, got: `state ${show(state)}`, expected: `one of ${join(states)}` });
      }
      const own = byGeneration.get(authority) ?? [];
      const issuers = own.filter(({ type }) => type === types.issuedCertificate);
      const ofClients = issuers.filter((issuer) => clients.includes(issuer));
      const ofServices = issuers.filter((issuer) => services.includes(issuer));
      const trusts = `${ofClients.length} of its issuers trusted as clients' and ${ofServices.length} as services' (${join(names(issuers))})`;
      if (state === "retired") {
        if (ofClients.length + ofServices.length > 0) {
          report({ resource: authority, got: trusts, expected: "none: it is retired" });
        }
        continue;
      }
      if (
        issuers.length !== 2 ||
        ofClients.length !== 1 ||
        ofServices.length !== 1 ||
        ofClients[0] === ofServices[0]
      ) {
        report({ resource: authority, got: trusts, expected: "one of each, and no third" });
      }
      for (const part of own.filter(({ opts }) => !opts.protect)) {
        report({
          resource: part,
          got: "a part of a trusted generation that a slip could delete",
          expected: "the option protect",
        });
      }
    }
  },
});
