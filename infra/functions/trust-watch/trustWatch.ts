import { certificatesRecordId, ISSUERS_ID, REVOCATION_ID, SERVICES_ID } from "../authorizer/trustRecordIds";
import { errorFields } from "../log/errors";
import { authorityRoles } from "../log/fields";
import type { Log, RequestLog } from "../log/log";
import type { GatewayCertificate } from "../rotate-stage-certificate/stages";
import type { Clock } from "../rotation/clock";
import { ensure } from "../rotation/problem";
import type { SecretStore } from "../rotation/secretStore";
import { ISSUED, REVOKED } from "../rotation/issuedCertificates";
import { missingItem, textsOf, type TrustTable } from "../rotation/trustTable";
import type { TrustWatchConfiguration } from "./configuration";
import { authorityLifeLeft, clientLifeLeft, lifeLeftPercent, secretState } from "./watchRules";

export interface TrustWatchPorts {
  readonly trust: TrustTable;
  readonly secrets: Pick<SecretStore, "describe"> & {
    versionTimes(secretId: string): Promise<ReadonlyMap<string, number>>;
  };
  readonly stageCertificate: () => Promise<GatewayCertificate | undefined>;
  readonly log: Log;
  readonly clock: Pick<Clock, "nowMs">;
}

/**
 * Looks at everything that ends or grows old, and writes what is left of it: one line each. What can't be looked at is a
 * fault of its own line, and its metric is missing: both are alarms.
 */
export async function watchTrust(
  ports: TrustWatchPorts,
  configuration: TrustWatchConfiguration,
): Promise<void> {
  const { trust, secrets, log, clock } = ports;
  const nowMs = clock.nowMs();
  for (const clientId of configuration.clientIds)
    await look(log, async (line) => {
      line.set({ clientId: log.clientId(clientId) });
      const lifeMs = configuration.clientLivesMs[clientId];
      ensure(
        lifeMs !== undefined,
        `client ${clientId}`,
        "no life of its certificates",
        "one",
        "configure it",
      );
      const issued = textsOf(await trust.item(certificatesRecordId(clientId)), ISSUED);
      const revocation = await trust.item(REVOCATION_ID);
      if (revocation === undefined) throw missingItem(REVOCATION_ID);
      line.measure({
        CertificateLife: clientLifeLeft(clientId, issued, textsOf(revocation, REVOKED), lifeMs, nowMs),
      });
    });
  await watchAuthorities(ports, nowMs);
  for (const secret of configuration.secrets)
    await look(log, async (line) => {
      line.set({ secret: log.secret(secret.name) });
      const description = await secrets.describe(secret.name);
      const made = await secrets.versionTimes(secret.name);
      const { ageDays, overdue, failed } = secretState(secret, description, made, configuration, nowMs);
      line.measure({
        SecretAge: ageDays,
        ...(overdue === undefined ? {} : { RotationOverdue: Number(overdue) }),
        ...(failed === undefined ? {} : { RotationFailed: Number(failed) }),
      });
    });
  await look(log, async (line) => {
    const certificate = await ports.stageCertificate();
    ensure(
      certificate !== undefined,
      "stage",
      "no client certificate",
      "one",
      "let the rotation give it one",
    );
    line.measure({
      StageCertificateLife: lifeLeftPercent(certificate.createdMs, certificate.expiresMs, nowMs),
    });
  });
}

/** All roles or none: a text that can't be read leaves nothing to say of what else is in it. */
async function watchAuthorities({ trust, log }: TrustWatchPorts, nowMs: number): Promise<void> {
  const pemsOf = async (id: string): Promise<string> => {
    const pems = (await trust.item(id))?.["pems"];
    if (typeof pems !== "string") throw missingItem(id);
    return pems;
  };
  let lives: ReturnType<typeof authorityLifeLeft> | undefined;
  await look(log, async () => {
    lives = authorityLifeLeft(await pemsOf(ISSUERS_ID), await pemsOf(SERVICES_ID), nowMs);
  });
  for (const authority of authorityRoles) {
    if (lives === undefined) return;
    const line = log.begin();
    line.set({ step: "watch", authority, outcome: "done" });
    line.measure({ AuthorityLife: lives[authority] });
    line.end();
  }
}

async function look(log: Log, at: (line: RequestLog) => Promise<void>): Promise<void> {
  const line = log.begin();
  line.set({ step: "watch" });
  try {
    await at(line);
    line.set({ outcome: "done" });
  } catch (error) {
    line.set({ outcome: "fault", ...errorFields(error) });
    line.measure({ Faults: 1 });
  }
  line.end();
}
