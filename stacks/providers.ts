import { showValue } from "../infra/shared/problem";
import type { Settings } from "../infra/settings/settings.schema";

/** Whether a provider's input may be what it is, and in words what it may be. */
export interface Told {
  readonly allowed: string;
  readonly holds: (value: unknown) => boolean;
}

/** What a provider of each package is told, by input; everything else is off. No other package is known. */
export type KnownProviders = Readonly<Record<string, Readonly<Record<string, Told>>>>;

const whatever: Told = { allowed: "whatever it is", holds: () => true };
const exactly = (wanted: unknown): Told => ({
  allowed: `${showValue(wanted)}, as it was judged`,
  // The SDK writes what is no text as JSON, which is what an engine sees.
  holds: (value) => value === wanted || asText(value) === asText(wanted),
});

/** Addresses, credentials of elsewhere, checks that are skipped: no provider is told of them. */
export const off: Told = {
  allowed: "nothing: it would lead elsewhere, or hide where that is",
  holds: (value) => [undefined, null, "", false, "false", "[]", "{}", "null"].includes(value as never),
};

const asText = (value: unknown): unknown => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * Which packages there are, and where their providers lead: into the account, the cluster and the Grafana that were judged.
 *
 * https://www.pulumi.com/registry/packages/aws/installation-configuration/
 * https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
 */
export const knownProviders = ({ account, cluster, observability }: Settings): KnownProviders => ({
  aws: {
    allowedAccountIds: exactly([account.id]),
    region: exactly(account.region),
    defaultTags: whatever,
    // The SDK's own default is true; a region that is unknown to it is asked all the same.
    skipRegionValidation: whatever,
  },
  grafana: { url: exactly(observability.grafana.url), auth: whatever },
  kubernetes: {
    context: exactly(cluster.context),
    renderYamlToDirectory:
      cluster.context === undefined
        ? { allowed: "a folder, since the settings name no context", holds: (value) => Boolean(value) }
        : exactly(undefined),
    enableServerSideApply: whatever,
  },
  pagerduty: { token: whatever, serviceRegion: whatever },
  tls: {},
});
