import { z } from "zod";
import { exception } from "../settings/primitives";
import { scheduleFault } from "./schedule";

/** B6.1: keys rotate in 90 days or less. */
export const MOST_DAYS = 90;

const schedule = {
  schedule: z.string().max(100),
  /** The service rotates at any time in a window of so many hours. */
  windowHours: z.number().int().min(1).max(24),
};

type Refine = { readonly schedule: string; readonly windowHours: number };

const keepsInterval = (rotation: Refine, context: z.RefinementCtx): void => {
  const fault = scheduleFault(rotation, MOST_DAYS);
  if (fault === undefined) return;
  context.addIssue({ code: "custom", path: ["schedule"], message: fault.allowed, params: fault });
};

/** For so long the value before is still good, so that whoever holds it has time to take the new one. */
const overlapDays = z.number().int().min(1).max(30);

const roleName = z
  .string()
  .max(512)
  // A principal's ARN has the role's path: without it the refusal of everybody else would hit the operator too.
  .regex(/^(?!AWSReservedSSO_)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/)
  .meta({
    allowed:
      "a role of the account with its path, e.g. fase-b-operator or aws-reserved/sso.amazonaws.com/<name>",
    fix: "take what follows `role/` in the role's ARN",
  });

export const secrets = z.strictObject({
  /** A deleted secret can be had back for so long. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html */
  recoveryWindowDays: z.number().int().min(7).max(30),
  /** Roles that may read values beside the functions: who deploys, and who enrols clients. */
  operatorRoles: z.array(roleName).min(1).max(10).meta({
    allowed: "1 to 10 names of roles",
    fix: "name the role that runs pulumi up: without it nobody could write a secret",
  }),
  rotation: z.strictObject({
    /** Clients' API keys. */
    clientKeys: z.strictObject({ ...schedule, overlapDays }).superRefine(keepsInterval),
    /** The certificate that edge and voice show to agents. */
    edgeCertificate: z.strictObject(schedule).superRefine(keepsInterval),
    /** The certificates with which the prober tries the door. */
    proberCertificates: z.strictObject(schedule).superRefine(keepsInterval),
    /** The certificate with which scans call. */
    scannerCertificate: z.strictObject(schedule).superRefine(keepsInterval),
    /** The token of the dashboards' service account. */
    grafanaToken: z
      .strictObject({
        ...schedule,
        overlapDays,
        /** As Grafana numbers it: Administration, Service accounts. */
        serviceAccountId: z.number().int().min(1),
      })
      .superRefine(keepsInterval),
    /** The certificate that the gateway shows to HTTP integrations: no secret of ours, and aged all the same. */
    stageCertificate: z.strictObject({
      everyDays: z.number().int().min(1).max(89),
      overlapDays,
      /** The gateway makes it for a year, so that one which was not replaced for long has much of it left. */
      alarmAtRemainingPercent: z.number().int().min(50).max(95),
    }),
    /** A key comes with its integration and no function can change it: `observability.pager.keyGeneration` does, in a person's update. */
    pagerDutyKey: z.strictObject({ exception }),
  }),
  /** How often age, failure and remaining life are looked at, and from which age a secret pages. */
  watch: z
    .strictObject({
      everyHours: z.number().int().min(1).max(24),
      staleAfterDays: z.number().int().min(1).max(89),
    })
    .meta({ fix: "page early enough to rotate by hand before 90 days" }),
});

export type SecretSettings = z.infer<typeof secrets>;
