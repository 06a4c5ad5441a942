/** What a rollback asks of one REST API and its stage. */
export interface Gateway {
  stage(): Promise<StageNow>;
  /** In no order that counts. */
  deployments(): Promise<readonly Deployment[]>;
  /** Undefined where the deployment is gone. */
  routes(deploymentId: string): Promise<readonly Route[] | undefined>;
  /** Those that meter this stage. */
  usagePlans(): Promise<readonly UsagePlan[]>;
  /** Those that lead to this stage. */
  domains(): Promise<readonly Domain[]>;
  /** Changes the stage's deployment and nothing else. */
  point(deploymentId: string): Promise<void>;
}

/** A snapshot of the API's model. The gateway never changes one. */
export interface Deployment {
  readonly id: string;
  readonly createdMs: number;
  readonly description: string;
}

/** Of a snapshot the gateway tells no more than this: neither integrations nor models. */
export interface Route {
  /** `POST /chat` */
  readonly name: string;
  readonly authorizationType: string;
  readonly apiKeyRequired: boolean;
}

export interface Throttle {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

export interface StageNow {
  readonly deploymentId: string;
  readonly updatedMs: number;
  readonly webAclArn: string | undefined;
  readonly clientCertificateId: string | undefined;
  /** A canary would keep answering a share of the calls from another deployment. */
  readonly hasCanary: boolean;
  /** By `POST /chat`; `* *` is what holds for the others. */
  readonly throttles: ReadonlyMap<string, Throttle>;
}

export interface UsagePlan {
  readonly name: string;
  /** Requests in a period; undefined where it has none. */
  readonly quota: string | undefined;
  readonly throttle: Throttle | undefined;
  /** By `POST /chat`. */
  readonly throttles: ReadonlyMap<string, Throttle>;
}

export interface Domain {
  readonly name: string;
  /** Undefined where the domain asks for no certificate. */
  readonly truststore: { readonly uri: string; readonly version: string | undefined } | undefined;
  /** What the gateway has against the truststore's certificates. */
  readonly warnings: readonly string[];
  /** Of its own certificate's ARN. */
  readonly accountId: string | undefined;
}

/** The program's: `model sha256:<digest>`. Undefined for what was made by hand. */
export const modelDigestOf = ({ description }: Pick<Deployment, "description">): string | undefined =>
  /^model sha256:([0-9a-f]{64})$/.exec(description)?.[1];
