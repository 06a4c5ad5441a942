/** Why a policy notices a mutant that another one claims: what the two of them read in common. */
import { gateNames } from "./mutants/gates";

interface Relation {
  /** Who notices too. */
  readonly others: readonly string[];
  /** Whose mutants. */
  readonly with: readonly string[];
  readonly because: string;
}

export const relations: readonly Relation[] = [
  {
    others: gateNames,
    with: gateNames,
    because: "all gates go by the same facts; beyond staging they speak, and the list of staging is silent",
  },
  {
    others: ["secrets-bind-rotation", "exceptions-list-use"],
    with: gateNames,
    because: "exceptions are of one stack: under another name what they lift comes back",
  },
  {
    others: ["provider-requires-one-account"],
    with: gateNames,
    because: "a second account is as much against the provider's own policy",
  },
  {
    others: ["domains-count-eighteen"],
    with: gateNames,
    because: "a domain is found in DNS by a record of its own name",
  },
  {
    others: gateNames,
    with: ["provider-requires-one-account", "resources-bind-one-provider"],
    because: "the one account of the provider is one of the facts by which staging is known",
  },
  {
    others: gateNames,
    with: ["service-provider-requires-tls"],
    because: "an address that nobody tells may be any Grafana, and Grafana is one of the facts",
  },
  {
    others: [
      "calls-bind-functions",
      "configurations-require-parts",
      "connection-rights-bind-stages",
      "dashboards-bind-stages",
      "data-sources-bind-readers",
      "domains-bind-expiry-alarm",
      "domains-count-eighteen",
      "evidence-binds-channel",
      "evidence-bucket-forbids-changes",
      "function-permission-requires-source",
      "gateway-rights-bind-rotations",
      "key-requires-rotation",
      "log-delivery-forbids-strangers",
      "log-subscriptions-bind-functions",
      "logs-bind-groups",
      "metric-filters-bind-logs",
      "ordered-alerts-bind-pager",
      "readers-bind-metrics",
      "rights-bind-data",
      "role-policy-forbids-wildcards",
      "role-requires-boundary",
      "role-requires-known-trust",
      "scans-bind-account",
      "secret-requires-closed-policy",
      "secrets-bind-rotation",
      "secrets-bind-uses",
      "topic-policy-forbids-strangers",
      "topics-bind-pager",
      "topics-bind-policy",
      "web-acl-binds-log",
      "alerts-bind-metrics",
      "invocations-bind-functions",
    ],
    with: ["provider-requires-one-account"],
    because: "it compares ARNs with the account and the region of the provider",
  },
  {
    others: [
      "external-secrets-bind-secrets",
      "secret-values-bind-owner",
      "secrets-bind-rotation",
      "exceptions-list-use",
    ],
    with: ["exceptions-require-record"],
    because:
      "the exception's secret is one of theirs: its value, its readers, its exception's use go with it",
  },
  {
    others: ["written-buckets-require-expiry"],
    with: ["evidence-bucket-requires-lock"],
    because: "a bucket without a lock that a role may write into must let its objects expire",
  },
  {
    others: ["stateful-resources-require-protection"],
    with: ["evidence-bucket-requires-lock"],
    because: "whatever holds state is protected, the bucket of evidence included",
  },
  {
    others: ["function-permission-requires-source"],
    with: ["log-subscriptions-bind-functions"],
    because: "whoever may call a function is of this account",
  },
  {
    others: ["stack-binds-facts"],
    with: ["certificates-count-thirteen"],
    because: "a validation record takes its name, which is not known yet, from one certificate of the stack",
  },
  {
    others: ["topics-bind-pager"],
    with: ["evidence-binds-channel"],
    because: "a topic is heard by the channel or by the pager; one that nobody hears is neither's",
  },
  {
    others: [
      "dashboards-bind-stages",
      "logs-bind-groups",
      "metric-filters-bind-logs",
      "ordered-alerts-bind-pager",
    ],
    with: ["stage-requires-access-log", "voice-stage-requires-access-log"],
    because: "panels, filters and alerts count lines of the stage's access log, which is gone",
  },
  {
    others: ["web-acl-binds-stage"],
    with: ["web-acl-requires-graduated-steps"],
    because: "the rule that blocks by address is the only use of the sets that it names",
  },
  {
    others: ["logs-bind-groups"],
    with: ["log-group-requires-retention"],
    because: "one asks that a group has a key, the other that the key is the stack's",
  },
  {
    others: ["metric-filters-bind-logs"],
    with: ["logs-bind-groups"],
    because: "a stage's 429s are counted in the log that the stage writes",
  },
  {
    others: ["alerts-bind-dashboards"],
    with: ["dashboards-bind-stages", "rule-group-requires-runbook"],
    because: "an alert leads to its dashboard and its section of the runbook",
  },
  {
    others: ["ordered-alerts-bind-pager"],
    with: [
      "data-sources-bind-readers",
      "alerts-bind-pager",
      "rule-group-requires-runbook",
      "pager-services-bind-people",
      "metric-filters-bind-logs",
    ],
    because: "an ordered alert is followed from its data source and metric by its rule to the person on call",
  },
  {
    others: ["alerts-bind-pager", "topics-bind-pager"],
    with: ["pager-services-bind-people"],
    because: "which service wakes is known by its urgency and its people",
  },
  {
    others: ["values-forbid-private-keys"],
    with: ["grafana-texts-forbid-secrets"],
    because: "a private key is looked for in every property of every resource",
  },
  {
    others: ["function-forbids-secrets"],
    with: ["values-forbid-private-keys", "secrets-bind-readers"],
    because: "a function's environment and texts have a policy of their own against secrets",
  },
  {
    others: ["role-policy-forbids-wildcards", "role-policy-requires-known-actions"],
    with: ["readers-bind-metrics", "connection-rights-bind-stages", "role-policy-forbids-wildcards"],
    because: "every role's rights are held to named actions and resources, beside what its own policy says",
  },
  {
    others: ["dashboards-bind-stages"],
    with: ["metric-filters-bind-logs"],
    because: "a panel must show a filter's metric as the filter splits it",
  },
  {
    others: ["namespaces-bind-network-policies"],
    with: ["scans-limit-egress"],
    because: "no namespace may open a way to everywhere, those of the scans included",
  },
  {
    others: ["rights-bind-data"],
    with: ["scans-bind-account"],
    because: "whoever writes objects is bound to a prefix of the bucket",
  },
  {
    others: ["written-buckets-require-expiry"],
    with: ["rights-bind-data"],
    because: "what must expire is told by the prefix that a role may write",
  },
  {
    others: ["function-limits-concurrency"],
    with: ["integrations-bind-timeouts"],
    because: "a function that a gateway calls has 28 s at most",
  },
  {
    others: ["integrations-bind-timeouts"],
    with: ["calls-bind-functions"],
    because: "whoever is asked as an authorizer has 10 s at most",
  },
  {
    others: ["configurations-require-parts"],
    with: [
      "usage-plans-bind-keys",
      "certificates-count-thirteen",
      "certificate-requires-dns-validation",
      "certificates-bind-domains",
      "domains-count-eighteen",
      "voice-connect-binds-authorizer",
    ],
    because:
      "an agent's configuration is whole with its domain, certificate, mapping, routes and its clients' plans",
  },
  {
    others: [
      "alerts-bind-metrics",
      "dashboards-bind-stages",
      "gateway-rights-bind-rotations",
      "operations-bind-throttles",
    ],
    with: ["connection-rights-bind-stages"],
    because: "alerts, panels, rights and throttles name the stage, which has another name",
  },
  {
    others: ["domains-bind-expiry-alarm"],
    with: ["certificates-count-thirteen", "certificates-bind-domains"],
    because: "each domain's certificate has an alarm, which finds another or none",
  },
  {
    others: ["certificates-bind-domains"],
    with: ["certificates-count-thirteen", "certificate-requires-dns-validation", "domains-count-eighteen"],
    because: "each certificate is used by the one domain of its name",
  },
  {
    others: ["domain-requires-tls-policy"],
    with: ["domain-requires-mutual-tls"],
    because: "without mutual TLS a domain may have the strictest policy, and so must",
  },
  {
    others: ["domains-bind-truststore"],
    with: ["domain-requires-mutual-tls"],
    because: "the version that a domain pins is the truststore's",
  },
  {
    others: ["buckets-require-closed-set"],
    with: ["domains-bind-truststore"],
    because: "every bucket keeps versions",
  },
  {
    others: ["operations-require-guards"],
    with: ["calls-bind-functions"],
    because: "an operation is answered by a function's alias",
  },
  {
    others: ["resources-limit-ignored-changes"],
    with: ["stage-binds-deployment"],
    because: "what a function owns must be ignored, and nothing else may be",
  },
  {
    others: ["authority-keys-bind-secrets"],
    with: ["issuers-bind-root", "leaf-limits-lifetime"],
    because: "a key is kept beside the certificate of its own",
  },
  {
    others: [
      "issuer-requires-constraints",
      "authorities-bind-trust",
      "issuers-bind-root",
      "secrets-bind-uses",
    ],
    with: ["leaf-limits-lifetime"],
    because: "what an authority signs is an issuer, or else a leaf that no function made",
  },
  {
    others: ["secrets-bind-uses"],
    with: ["authorities-count-one-issuing", "authorities-bind-trust"],
    because: "a rotation issues by the one generation that issues",
  },
  {
    others: ["authorities-bind-trust"],
    with: ["authorities-count-one-issuing", "services-record-binds-authority"],
    because: "every generation that is trusted is in the truststore and in the records",
  },
  {
    others: [
      "authorities-count-one-issuing",
      "issuers-record-binds-authority",
      "services-record-binds-authority",
    ],
    with: ["authorities-bind-trust", "services-record-binds-authority"],
    because: "truststore and records hold the issuers of the generations, each of its own kind",
  },
  {
    others: ["secret-values-bind-owner"],
    with: ["authority-keys-bind-secrets"],
    because: "the secret whose value is gone has none to begin with",
  },
  {
    others: ["secrets-bind-uses"],
    with: ["secrets-bind-rotation", "secret-requires-closed-policy", "functions-bind-roles"],
    because: "who may use a secret is told by its rotation, its policy and the function that has the role",
  },
  {
    others: ["key-requires-rotation"],
    with: ["secrets-bind-key"],
    because: "every key changes by itself, that of secrets included",
  },
  {
    others: ["scans-bind-account"],
    with: ["role-requires-known-trust"],
    because: "the scans' role trusts exactly their service account",
  },
  {
    others: ["topics-bind-policy"],
    with: ["topic-requires-encryption"],
    because: "one asks that a topic has a key, the other that the key is the stack's",
  },
  {
    others: ["topics-bind-policy"],
    with: ["topic-policy-forbids-strangers"],
    because: "who may publish is named: everybody is not who does",
  },
  {
    others: ["alerts-bind-metrics"],
    with: ["data-sources-bind-readers"],
    because: "every rule asks one of the stack's two data sources",
  },
];

const byPair = new Map<string, string>();
for (const { others, with: claims, because } of relations)
  for (const claim of claims)
    for (const other of others) if (other !== claim) byPair.set(`${claim} ${other}`, because);

/** Why `other` notices a mutant of `claim`; `undefined`: nobody has explained it. */
export const relationOf = (claim: string, other: string): string | undefined =>
  byPair.get(`${claim} ${other}`);
