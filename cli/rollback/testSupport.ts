import type { Committed } from "./committed";
import type { Deployment, Domain, Gateway, Route, StageNow, UsagePlan } from "./gateway";
import { known, unknown } from "./history";
import type { Known } from "./plan";

export const T0_MS = Date.UTC(2026, 10, 26, 8);
export const HOUR_MS = 3_600_000;
export const DIGESTS = { a: "a".repeat(64), b: "b".repeat(64), c: "c".repeat(64) } as const;

/** A deployment of the program, made so many hours after T0. */
export const deployment = (id: string, hours: number, digest?: string): Deployment => ({
  id,
  createdMs: T0_MS + hours * HOUR_MS,
  description: digest === undefined ? "by hand" : `model sha256:${digest}`,
});

export const knownOf = (one: Deployment, changes: Partial<Known> = {}): Known => ({
  ...one,
  digest: /sha256:(.+)/.exec(one.description)?.[1],
  commit: unknown("no repository"),
  who: unknown("no trail"),
  inForce: false,
  left: false,
  ...changes,
});

export const route = (name: string, changes: Partial<Route> = {}): Route => ({
  name,
  authorizationType: "CUSTOM",
  apiKeyRequired: true,
  ...changes,
});

const throttle = { requestsPerSecond: 10, burst: 20 };
export const ACL_ARN =
  "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/fase-b-staging-rest/0a1b2c3d-0000-4000-8000-000000000001";

export const committed: Committed = {
  plans: new Map([
    [
      "fase-b-staging-web-app",
      { quota: "21000 a MONTH", throttle, throttles: new Map([["POST /chat", throttle]]) },
    ],
  ]),
  webAcl: "fase-b-staging-rest",
  throttles: new Map([
    ["* *", throttle],
    ["POST /chat", throttle],
  ]),
  authorizers: ["client (request, fase-b-staging-authorizer:live, believed 0 s)"],
  truststores: new Map(),
};

export const usagePlan: UsagePlan = {
  name: "fase-b-staging-web-app",
  quota: "21000 a MONTH",
  throttle,
  throttles: new Map([["POST /chat", throttle]]),
};

export const domain = (name: string, changes: Partial<Domain> = {}): Domain => ({
  name,
  truststore: { uri: "s3://fase-b-staging-truststore-123456789012/truststore.pem", version: "v7" },
  warnings: [],
  accountId: "123456789012",
  ...changes,
});

/** A gateway in memory. */
export class GatewayDouble implements Gateway {
  readonly all: Deployment[];
  readonly routesOf = new Map<string, readonly Route[]>();
  readonly pointed: string[] = [];
  throttles = new Map([
    ["* *", throttle],
    ["POST /chat", throttle],
  ]);
  webAclArn: string | undefined = ACL_ARN;
  hasCanary = false;
  usage: UsagePlan[] = [usagePlan];
  leading: Domain[] = [domain("chat-01.staging.example.com")];
  /** Runs before each look at the stage. */
  onLook: () => void = () => undefined;
  onPoint: (id: string) => void = (id) => void (this.inForce = id);

  constructor(
    all: readonly Deployment[],
    public inForce: string,
  ) {
    this.all = [...all];
    for (const { id } of all) this.routesOf.set(id, [route("POST /chat")]);
  }

  stage(): Promise<StageNow> {
    this.onLook();
    return Promise.resolve({
      deploymentId: this.inForce,
      updatedMs: T0_MS,
      webAclArn: this.webAclArn,
      clientCertificateId: "cert1",
      hasCanary: this.hasCanary,
      throttles: this.throttles,
    });
  }

  deployments = (): Promise<readonly Deployment[]> => Promise.resolve(this.all);
  routes = (id: string): Promise<readonly Route[] | undefined> => Promise.resolve(this.routesOf.get(id));
  usagePlans = (): Promise<readonly UsagePlan[]> => Promise.resolve(this.usage);
  domains = (): Promise<readonly Domain[]> => Promise.resolve(this.leading);

  point(id: string): Promise<void> {
    this.pointed.push(id);
    try {
      this.onPoint(id);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

export const noHistory = {
  commitOf: () => Promise.resolve(unknown("no repository")),
  committed: () => Promise.resolve(unknown("no repository")),
  creators: () => Promise.resolve(known(new Map<string, string>())),
};
