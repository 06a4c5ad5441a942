import * as pulumi from "@pulumi/pulumi";
import type { Vault } from "../secrets/secret";
import { Authority, type IssuerRoles } from "./authority";
import type { Generation, TrustSettings } from "./trust.schema";

export interface AuthoritiesArgs {
  readonly namePrefix: string;
  readonly settings: TrustSettings;
  readonly vault: Vault;
  readonly issuerRoles: IssuerRoles;
}

/** Certificates of every trusted generation, as PEM one after another. */
export interface Trusted {
  /** For the gateway: clients' issuers and the roots above them. */
  readonly truststorePem: pulumi.Output<string>;
  /** For the authorizer: clients' issuers, and no root, which would let in whatever it ever signed. */
  readonly clientsIssuersPem: pulumi.Output<string>;
  /** For who calls agents and for agents: services' issuers and the roots above them. */
  readonly servicesPem: pulumi.Output<string>;
  /** Who issues waits for these. */
  readonly resources: readonly pulumi.Resource[];
}

interface Certificates {
  /** Nothing where the root is another generation's. */
  readonly rootPem?: pulumi.Input<string>;
  readonly clientsIssuerPem: pulumi.Input<string>;
  readonly servicesIssuerPem: pulumi.Input<string>;
}

/** The generations of the settings, and what is trusted of them: all but the retired. */
export function createAuthorities(args: AuthoritiesArgs, opts: pulumi.ComponentResourceOptions): Trusted {
  const made = new Map<string, Authority>();
  // A generation may stand before the one whose root it uses.
  const byRoot = [...args.settings.generations].sort(
    (one, other) => Number(one.root !== undefined) - Number(other.root !== undefined),
  );
  for (const generation of byRoot) {
    if (importedBy(generation) !== undefined) continue;
    const root = generation.root === undefined ? undefined : made.get(generation.root);
    const authority = new Authority(
      `authority-${generation.id}`,
      { ...args, generation, ...(root === undefined ? {} : { root }) },
      opts,
    );
    made.set(generation.id, authority);
  }
  const trusted = args.settings.generations
    .filter(({ state }) => state !== "retired")
    .map((generation): Certificates => {
      const own = importedBy(generation) ?? made.get(generation.id);
      if (own === undefined) throw new Error(`generation ${generation.id} was not made`);
      const { rootPem, clientsIssuerPem, servicesIssuerPem } = own;
      return generation.root === undefined
        ? { rootPem, clientsIssuerPem, servicesIssuerPem }
        : { clientsIssuerPem, servicesIssuerPem };
    });
  const roots = trusted.flatMap(({ rootPem }) => (rootPem === undefined ? [] : [rootPem]));
  const clientsIssuers = trusted.map(({ clientsIssuerPem }) => clientsIssuerPem);
  const servicesIssuers = trusted.map(({ servicesIssuerPem }) => servicesIssuerPem);
  return {
    truststorePem: joined([...clientsIssuers, ...roots]),
    clientsIssuersPem: joined(clientsIssuers),
    servicesPem: joined([...servicesIssuers, ...roots]),
    resources: [...made.values()],
  };
}

const importedBy = (generation: Generation): Certificates | undefined =>
  generation.state === "issuing" ? undefined : generation.imported;

const joined = (pems: readonly pulumi.Input<string>[]): pulumi.Output<string> =>
  pulumi.all([...pems]).apply((all) => all.map((pem) => `${pem.trimEnd()}\n`).join(""));
