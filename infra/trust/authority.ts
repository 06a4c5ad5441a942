import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { createSecret, type Vault } from "../secrets/secret";
import { secretNames, type AuthorityPart } from "../secrets/secretsRules";
import { WorkOrderComponent } from "../shared/component";
import type { Generation, TrustSettings } from "./trust.schema";

const HOURS_PER_DAY = 24;

export interface AuthorityArgs {
  readonly namePrefix: string;
  readonly generation: Generation;
  readonly settings: TrustSettings;
  /** The generation whose root signs the issuers. @default a root of its own */
  readonly root?: Authority;
  readonly vault: Vault;
  readonly issuerRoles: IssuerRoles;
}

/** Who signs by an issuer; by the root nobody signs but the program. */
export interface IssuerRoles {
  /** Roles of the functions, which sign by the generation that issues. */
  readonly functions: Readonly<Record<"clients-issuer" | "services-issuer", readonly string[]>>;
  /** The cluster's role, which has an issuer of the generation that issues, and of the next one before it does. */
  readonly cluster: string;
}

interface Signer {
  readonly key: pulumi.Output<string>;
  readonly certificatePem: pulumi.Output<string>;
}

/**
 * One generation of the authority: a root that signs issuers only, an issuer for clients and another for services, so that
 * a leaf of the one is never taken for a leaf of the other.
 *
 * ECDSA P-256 and SHA-256: what the gateway asks for at least.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 *
 * None of it is renewed in place: a certificate that changed by itself would cut off whoever trusts the old one. The next
 * generation follows it, and while this one is trusted, nothing of it can be deleted.
 */
export class Authority extends WorkOrderComponent {
  readonly rootPem: pulumi.Output<string>;
  readonly clientsIssuerPem: pulumi.Output<string>;
  readonly servicesIssuerPem: pulumi.Output<string>;
  /** Nobody trusts it any more: it may be taken away. */
  readonly retired: boolean;
  /** By which what it is made of is named. */
  readonly logicalName: string;
  private readonly root: Signer;
  private readonly childOpts: pulumi.CustomResourceOptions;

  constructor(name: string, args: AuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    const { generation, settings } = args;
    super("Authority", name, ["B5.2", "B5.3", "B6.1"], opts, {
      generation: generation.id,
      state: generation.state,
    });
    this.logicalName = name;
    this.retired = generation.state === "retired";
    this.childOpts = { parent: this, protect: generation.state !== "retired" };
    this.root = args.root?.root ?? this.createRoot(name, settings, generation.id);
    const clients = this.createIssuer(`${name}-clients-issuer`, "clients'", args);
    const services = this.createIssuer(`${name}-services-issuer`, "services'", args);
    this.rootPem = this.root.certificatePem;
    this.clientsIssuerPem = clients.certificatePem;
    this.servicesIssuerPem = services.certificatePem;

    if (args.root === undefined) this.keep(name, "root", this.root, args);
    this.keep(name, "clients-issuer", clients, args);
    this.keep(name, "services-issuer", services, args);
    this.registerOutputs({});
  }

  private createRoot(name: string, settings: TrustSettings, generation: string): Signer {
    const key = this.createKey(`${name}-root`);
    const certificate = new tls.SelfSignedCert(
      `${name}-root`,
      {
        privateKeyPem: key,
        subject: { organization: settings.organization, commonName: `Fase B root ${generation}` },
        validityPeriodHours: settings.rootLifetimeDays * HOURS_PER_DAY,
        isCaCertificate: true,
        // Issuers below it, and below them leaves only.
        maxPathLength: 1,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      this.childOpts,
    );
    return { key, certificatePem: certificate.certPem };
  }

  private createIssuer(name: string, whose: string, { settings, generation }: AuthorityArgs): Signer {
    const key = this.createKey(name);
    const request = new tls.CertRequest(
      `${name}-request`,
      {
        privateKeyPem: key,
        subject: {
          organization: settings.organization,
          commonName: `Fase B ${whose} issuer ${generation.id}`,
        },
      },
      this.childOpts,
    );
    const certificate = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: this.root.key,
        caCertPem: this.root.certificatePem,
        validityPeriodHours: settings.issuerLifetimeDays * HOURS_PER_DAY,
        isCaCertificate: true,
        maxPathLength: 0,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      this.childOpts,
    );
    return { key, certificatePem: certificate.certPem };
  }

  private createKey(name: string): pulumi.Output<string> {
    const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, this.childOpts);
    return key.privateKeyPemPkcs8;
  }

  /** Who issues reads key and chain from one place; the value changes only with the generation. */
  private keep(name: string, part: AuthorityPart, signer: Signer, args: AuthorityArgs): void {
    const { vault, generation, namePrefix } = args;
    const rootPem = part === "root" ? "" : this.root.certificatePem;
    createSecret(
      `${name}-${part}`,
      {
        vault,
        secretName: secretNames(namePrefix).authority(generation.id, part),
        description: `Fase B: key and certificate of the ${part} of generation ${generation.id}`,
        roles: rolesOf(part, generation, args.issuerRoles),
        value: pulumi
          .all([signer.certificatePem, rootPem, signer.key])
          .apply(([certificatePem, above, privateKeyPem]) =>
            JSON.stringify({ certificatePem, chainPem: certificatePem + above, privateKeyPem }),
          ),
        seeded: false,
      },
      this,
    );
  }
}

const rolesOf = (part: AuthorityPart, { state }: Generation, roles: IssuerRoles): readonly string[] =>
  part === "root"
    ? []
    : [
        ...(state === "issuing" ? roles.functions[part] : []),
        ...(part === "services-issuer" && (state === "introduced" || state === "issuing")
          ? [roles.cluster]
          : []),
      ];
