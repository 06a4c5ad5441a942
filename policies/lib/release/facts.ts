/**
 * Whether a resource is staging's, by the facts that must agree (`../stackFacts.ts`): the stack's name in its URN, the account that its
 * provider allows, the zone of the names that it takes or goes to, the cluster that it is applied to. A resource can say no for the whole stack; none can say yes.
 *
 * What is judged of one resource is judged before it is there: a policy on the stack comes when everything is.
 */
import { once } from "../once";
import type { ResourceView } from "../policy";
import { stagingFacts } from "../stackFacts";
import { types } from "../types";
import { list, object, peek, show, strings, text, UNKNOWN, type Props } from "../values";

/** `urn:pulumi:<stack>::<project>::<types>::<name>`; empty for what is none. */
export const stackOf = (urn: string): string => /^urn:pulumi:([^:]+)::/.exec(urn)?.[1] ?? "";

type Read = (props: Props) => unknown;

/** Which properties hold the names that a resource takes, or the hosts that it goes to, by its type. */
const takenNames: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  [types.agentDomain]: { configuration: ({ configuration }) => object(configuration).domain },
  [types.certificate]: {
    domainName: ({ domainName }) => domainName,
    subjectAlternativeNames: (props) => props.subjectAlternativeNames,
  },
  [types.clusterCertificate]: {
    spec: ({ spec }) => [...strings(object(spec).commonName), ...strings(object(spec).dnsNames)],
  },
  [types.domain]: { domainName: ({ domainName }) => domainName },
  [types.voiceDomain]: { domainName: ({ domainName }) => domainName },
  [types.basePathMapping]: { domainName: ({ domainName }) => domainName },
  [types.voiceMapping]: { domainName: ({ domainName }) => domainName },
  [types.record]: { name: ({ name }) => name },
  // Without an address Grafana's provider takes one from whoever deploys; CloudWatch's data source needs none.
  [types.grafanaProvider]: { url: ({ url }) => hostOf(text(url)) },
  [types.dataSource]: { url: ({ url }) => (url === undefined ? [] : hostOf(text(url))) },
};

/** The host of an address; what is none stays as it is, and lies in no zone. */
function hostOf(address: string): string {
  try {
    return new URL(address).hostname;
  } catch {
    return address;
  }
}

/** Names are compared as resolvers do: without regard to case, or to the root's dot. */
export function isInZone(name: string): boolean {
  const plain = name.toLowerCase().replace(/\.$/, "");
  return plain === stagingFacts.zoneSuffix || plain.endsWith(`.${stagingFacts.zoneSuffix}`);
}

export interface TakenNames {
  readonly property: string;
  readonly names: readonly string[] | typeof UNKNOWN;
}

/** The names that it takes, property by property; of a resource that takes none, none. */
export const namesOf = ({ type, props }: ResourceView): readonly TakenNames[] =>
  Object.entries(takenNames[type] ?? {}).map(([property, read]) => ({
    property,
    names: peek(() => strings(read(props))),
  }));

/** The accounts that its provider of AWS allows; `undefined` for what is not of AWS, or has no provider. */
export function accountsOf({
  type,
  props,
  provider,
}: ResourceView): readonly unknown[] | typeof UNKNOWN | undefined {
  if (type !== types.provider && !type.startsWith("aws:")) return undefined;
  const inputs = type === types.provider ? props : provider?.props;
  return inputs && peek(() => allowedAccounts(inputs).map((one) => one));
}

/** The accounts that a provider allows, as its inputs hold them: a list, or its JSON. */
function allowedAccounts({ allowedAccountIds }: Props): readonly unknown[] {
  const value = text(allowedAccountIds);
  if (value === "") return list(allowedAccountIds);
  try {
    return list(JSON.parse(value));
  } catch {
    // Such a provider allows nothing that anybody could name.
    return [];
  }
}

/**
 * By which context something is applied to a cluster; empty where nobody can name it. `undefined` where nothing is: a provider that renders
 * asks no cluster.
 */
export function clusterOf({ type, props, provider }: ResourceView): string | typeof UNKNOWN | undefined {
  if (type !== types.clusterProvider && !type.startsWith("kubernetes:")) return undefined;
  const inputs = type === types.clusterProvider ? props : provider?.props;
  return inputs === undefined ? "" : peek(() => contextOf(inputs));
}

function contextOf(inputs: Props): string | undefined {
  if (text(inputs.renderYamlToDirectory) !== "") return undefined;
  // Under a kubeconfig of its own, or with a cluster beside it, a context's name says nothing.
  const isOwn = [inputs.kubeconfig, inputs.cluster].some((one) => one !== undefined && one !== "");
  return isOwn ? "" : text(inputs.context);
}

/** The hosts that a resource goes to through its provider of Grafana. */
const grafanaOf = ({ type, provider }: ResourceView): string | typeof UNKNOWN | undefined =>
  type.startsWith("grafana:") ? peek(() => hostOf(text(provider?.props.url))) : undefined;

/**
 * Why it is not staging's, as words after "got"; `undefined` where nothing says so.
 *
 * A name that is not known yet says nothing here: it comes from another resource, whose names are known, and when the resource is made
 * it is known and judged again. An account that is not known is another one.
 */
export const notStaging = once((resource: ResourceView): string | undefined => {
  const { type, urn } = resource;
  const stack = stackOf(urn);
  if (stack !== stagingFacts.stack) return `the stack "${stack}"`;
  if (type === types.provider || type.startsWith("aws:")) {
    const accounts = accountsOf(resource);
    if (accounts === undefined) return "no explicit provider of AWS";
    if (accounts === UNKNOWN || accounts.length !== 1 || accounts[0] !== stagingFacts.accountId)
      return `a provider of AWS that allows the accounts ${show(accounts)}`;
  }
  const cluster = clusterOf(resource);
  if (cluster !== undefined && cluster !== stagingFacts.clusterContext) return `the cluster ${show(cluster)}`;
  const grafana = grafanaOf(resource);
  if (grafana !== undefined && (grafana === UNKNOWN || !isInZone(grafana)))
    return `a provider of Grafana at ${show(grafana)}`;
  for (const { names } of namesOf(resource)) {
    const stranger = names === UNKNOWN ? undefined : names.find((name) => !isInZone(name));
    if (stranger !== undefined) return `the name ${show(stranger)}, outside ${stagingFacts.zoneSuffix}`;
  }
  return undefined;
});
