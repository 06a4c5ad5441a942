import { z } from "zod";
import { agents, ordered } from "../agents/agents.schema";
import { certificates } from "../certificates/certificates.schema";
import { clients, tiers } from "../clients/clients.schema";
import { cluster } from "../cluster/cluster.schema";
import { limits } from "../contract/limits.schema";
import { data } from "../data/data.schema";
import { functions, latencyBudget } from "../edge/edge.schema";
import { upstreams } from "../functions/edge/upstream/upstream.schema";
import { evidence } from "../evidence/evidence.schema";
import { firewall } from "../firewall/firewall.schema";
import { gateway } from "../gateway/gateway.schema";
import { observability } from "../observability/observability.schema";
import { prober } from "../prober/prober.schema";
import { scanning } from "../scanning/scanning.schema";
import { secrets } from "../secrets/secrets.schema";
import { trust } from "../trust/trust.schema";
import { voice } from "../voice/voice.schema";
import { account } from "./account.schema";

/**
 * A stack's whole configuration, `Pulumi.<stack>.yaml`: one key of the project's namespace for each part.
 * Strict everywhere: an unknown key is a mistake, never a wish that is silently ignored.
 */
export const settingsSchema = z.strictObject({
  account,
  ordered,
  agents,
  clients,
  tiers,
  limits,
  gateway,
  functions,
  latencyBudget,
  upstreams,
  data,
  voice,
  firewall,
  certificates,
  trust,
  secrets,
  cluster,
  prober,
  observability,
  scanning,
  evidence,
});

export type StackConfiguration = z.infer<typeof settingsSchema>;

/** The configuration, and what follows from it and the stack's name. */
export interface Settings extends StackConfiguration {
  readonly stack: string;
  /** Start of every physical name, e.g. `fase-b-staging`. */
  readonly namePrefix: string;
}
