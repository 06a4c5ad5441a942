import type { Contract } from "../../../infra/contract/contract";
import type { Settings } from "../../../infra/settings/settings.schema";
import type { ExportedFile, OwnFolder } from "../folder";
import { idempotencyChecklist } from "./idempotencyChecklist";
import { onboarding } from "./onboarding";
import { quotaPolicy } from "./quotaPolicy";

export const documentsFolder = (stack: string): OwnFolder => ({
  path: `stacks/${stack}/documents`,
  endings: [".md"],
});

/** What clients are told (B7.3). Pure: the same settings and contract give the same bytes. */
export function documentFiles(settings: Settings, contract: Contract): readonly ExportedFile[] {
  const { path } = documentsFolder(settings.stack);
  return [
    { path: `${path}/idempotency-checklist.md`, text: idempotencyChecklist(settings, contract) },
    { path: `${path}/onboarding.md`, text: onboarding(settings, contract) },
    { path: `${path}/quota-policy.md`, text: quotaPolicy(settings, contract) },
  ];
}
