/**
 * The same policies and exceptions as `policies/index.ts`, judged as of a time that the audit names. It is a pack of its own so that the one
 * that guards a deployment takes its clock from nobody.
 */
import { PolicyPack } from "@pulumi/policy";
import { buildPolicies } from "../../../policies/catalogue";
import { controlExceptions, policyExceptions } from "../../../policies/exceptions";
import { noRelease } from "../../../policies/lib/release/record";
import { fromEnvironment } from "./arguments";

const { at } = fromEnvironment(process.env);

new PolicyPack("fase-b", {
  displayName: "Fase B",
  enforcementLevel: "mandatory",
  policies: buildPolicies({
    now: at,
    exceptions: policyExceptions,
    controlExceptions,
    release: noRelease,
  }),
});
