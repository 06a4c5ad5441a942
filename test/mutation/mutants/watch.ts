/** Who watches: what alarms and alerts ask about, who hears of it, and what a schedule calls. */
import { mutant, mutantOf, nearMiss, type Mutant, type NearMiss } from "../mutant";

const FAILED = "MetricAlarm::trust-watch-fase-b-staging-rotate-client-keys-failed";
const AGE = "MetricAlarm::trust-watch-secret-age-edge-client-certificate";
const STALE = "rules.name=SecretStale";

export const mutants: readonly Mutant[] = [
  mutant("alerts-bind-metrics", "missing value", "an alarm on errors names no function", FAILED, {
    drop: "dimensions.FunctionName",
  }),
  mutant("alerts-bind-metrics", "wrong value", "an alarm on an age is of a secret of nobody", AGE, {
    set: "dimensions.secret",
    to: "fase-b-staging/edge/certificate",
  }),
  mutant("alerts-bind-metrics", "missing resource", "one secret's age has no alarm", AGE, { remove: true }),
  mutantOf("alerts-bind-metrics", "weaker threshold", "no age rings before 91 days", [
    { where: "MetricAlarm::trust-watch-secret-age-*", edit: { set: "threshold", to: 91 } },
    {
      where: "RuleGroup::alerts-lifetimes",
      edit: { text: `${STALE}.datas.2.model`, from: ">= 75", to: ">= 92" },
    },
  ]),
  mutant(
    "alerts-bind-metrics",
    "missing value",
    "a rule on client certificates names no client",
    "RuleGroup::alerts-lifetimes",
    { drop: "rules.name=ClientCertificateExpiring.datas.0.model.#.dimensions.clientId" },
  ),
  mutant(
    "alerts-bind-metrics",
    "missing value",
    "a rule on breakers forgets an agent",
    "RuleGroup::alerts-idempotency",
    { drop: "rules.name=BreakerOpen.datas.0.model.#.dimensions.agentId.0" },
  ),
  mutant(
    "alerts-bind-metrics",
    "wrong value",
    "the silence of another API is watched",
    "RuleGroup::alerts-traffic",
    { set: "rules.name=GatewaySilent.datas.0.model.#.dimensions.ApiName", to: ["fase-b-other"] },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss("alerts-bind-metrics", "a secret's age rings earlier", AGE, { set: "threshold", to: 60 }),
];
