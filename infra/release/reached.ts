/** What a resource reaches beside its account, as its inputs say it: names, hosts, a cluster. */

type Inputs = Readonly<Record<string, unknown>>;

/** Which inputs say the names of what is reached by one, as paths: the first always. */
export const NAMES_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["aws:acm/certificate:Certificate", ["domainName", "subjectAlternativeNames"]],
  ["aws:apigateway/basePathMapping:BasePathMapping", ["domainName"]],
  ["aws:apigateway/domainName:DomainName", ["domainName"]],
  ["aws:apigatewayv2/apiMapping:ApiMapping", ["domainName"]],
  ["aws:apigatewayv2/domainName:DomainName", ["domainName"]],
  ["aws:route53/record:Record", ["name"]],
  ["kubernetes:cert-manager.io/v1:Certificate", ["spec.dnsNames", "spec.commonName"]],
]);

export const GRAFANA = "pulumi:providers:grafana";
export const DATA_SOURCE = "grafana:oss/dataSource:DataSource";
export const KUBERNETES = "pulumi:providers:kubernetes";

/** A provider that is not told its address takes it from whoever deploys. */
export const ANY = "any";

export const valueAt = (inputs: Inputs, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? (value as Inputs)[key] : undefined),
      inputs,
    );

/** The host of an address; of what is none the text itself, which lies in no zone. */
export const hostOf = (address: string): string =>
  URL.canParse(address) ? new URL(address).hostname : address;

/** The hosts that a resource of Grafana's goes to. CloudWatch's data source has no address of its own. */
export function addressesOf(type: string, inputs: Inputs): readonly unknown[] {
  if (type === GRAFANA) return [inputs["url"] ?? ANY];
  return type === DATA_SOURCE && inputs["url"] !== undefined ? [inputs["url"]] : [];
}

/** The cluster that a provider of Kubernetes applies to: none where it renders, since it then asks no cluster anything. */
export function contextsOf(type: string, inputs: Inputs): readonly unknown[] {
  if (type !== KUBERNETES || isSet(inputs["renderYamlToDirectory"])) return [];
  // A kubeconfig of its own holds contexts of whatever name.
  return [isSet(inputs["kubeconfig"]) || isSet(inputs["cluster"]) ? ANY : (inputs["context"] ?? ANY)];
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== "";
