/** The pack, given what it cannot know by itself: the clock, and what a release rests on. */
import { PolicyPack } from "@pulumi/policy";
import { buildPolicies } from "./catalogue";
import { controlExceptions, policyExceptions } from "./exceptions";
import type { ReleaseRecord } from "./lib/release/record";

export function servePack(given: { readonly now: Date; readonly release: ReleaseRecord }): void {
  new PolicyPack("fase-b", {
    displayName: "Fase B",
    enforcementLevel: "mandatory",
    policies: buildPolicies({ ...given, exceptions: policyExceptions, controlExceptions }),
  });
}
