import { agents, ordered } from "../lib/orderedAgents";
import { met, notMet, unknown, type Judgement } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";

const all = (have: readonly unknown[], isStray: boolean, what: string): Judgement => {
  const said = `${have.length} of ${agents.length} ${what}`;
  return have.length === agents.length && !isStray ? met(said) : notMet(said);
};

export const coverageRequiresEvidence = evidenceGate({
  clause: "B8.4",
  name: "coverage-requires-evidence",
  severity: "critical",
  wanted: `${ordered.issued} of ${ordered.issued} certificates installed, ${ordered.existing} of ${ordered.existing} configurations closed, all ${agents.length} agents covered`,
  first: "deploy staging",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
  shows: {
    certificates: ({ expected, installed }, { nowMs }) => {
      if (expected.issued !== ordered.issued || expected.all !== agents.length)
        return unknown(`it counts ${expected.issued} to issue of ${expected.all}`);
      const inForce = installed.filter(
        (one) =>
          one.installed &&
          one.status === "ISSUED" &&
          one.notAfter !== undefined &&
          Date.parse(one.notAfter) > nowMs,
      );
      const covered = agents.filter(({ id, domain }) =>
        inForce.some((one) => one.agent === id && one.domain === domain),
      );
      return all(covered, inForce.length < installed.length, "certificates installed and in force");
    },
    configurations: ({ expected, agents: said }) => {
      if (expected.closed !== ordered.existing || expected.all !== agents.length)
        return unknown(`it counts ${expected.closed} to close of ${expected.all}`);
      const closed = said.filter((one) => one.closed && one.missing.length === 0);
      const complete = agents.filter(({ id }) => closed.some(({ agent }) => agent === id));
      return all(complete, closed.length < said.length, "configurations complete");
    },
  },
});
