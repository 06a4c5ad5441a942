import type { GatewayCertificate, Stages, StageState } from "../../rotate-stage-certificate/stages";
import { DAY_MS } from "./virtualClock";

/**
 * One stage and the account's client certificates in memory: a year of life, 60 of them, and none that is in use can be deleted.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_GenerateClientCertificate.html
 */
export class FakeStages implements Stages {
  readonly all = new Map<string, GatewayCertificate>();
  inUse: string | undefined;
  updatedMs: number;
  #made = 0;

  constructor(private readonly nowMs: () => number) {
    this.updatedMs = nowMs();
  }

  stage(): Promise<StageState> {
    return Promise.resolve({ certificateId: this.inUse, updatedMs: this.updatedMs });
  }

  certificates(): Promise<readonly GatewayCertificate[]> {
    return Promise.resolve([...this.all.values()]);
  }

  generate(description: string): Promise<GatewayCertificate> {
    if (this.all.size >= 60)
      return Promise.reject(Object.assign(new Error("quota"), { name: "LimitExceededException" }));
    this.#made += 1;
    const nowMs = this.nowMs();
    const made = { id: `c${this.#made}`, description, createdMs: nowMs, expiresMs: nowMs + 365 * DAY_MS };
    this.all.set(made.id, made);
    return Promise.resolve(made);
  }

  use(certificateId: string): Promise<void> {
    if (!this.all.has(certificateId))
      return Promise.reject(Object.assign(new Error("none"), { name: "BadRequestException" }));
    this.inUse = certificateId;
    this.updatedMs = this.nowMs();
    return Promise.resolve();
  }

  delete(certificateId: string): Promise<void> {
    if (certificateId === this.inUse)
      return Promise.reject(Object.assign(new Error("in use"), { name: "BadRequestException" }));
    this.all.delete(certificateId);
    return Promise.resolve();
  }
}
