/** Builds the pack. The only place that reads the clock: rules get the time as an argument. */
import { PolicyPack } from "@pulumi/policy";
import { buildPolicies } from "./catalogue";
import { noRelease } from "./lib/release/record";
import { controlExceptions, policyExceptions } from "./exceptions";

new PolicyPack("fase-b", {
  displayName: "Fase B",
  enforcementLevel: "mandatory",
  policies: buildPolicies({
    now: new Date(),
    exceptions: policyExceptions,
    controlExceptions,
    release: noRelease,
  }),
});
