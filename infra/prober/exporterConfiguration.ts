import { ANSWERS } from "../contract/gatewayResponses";
import { CERTIFICATES, MUTUAL_TLS_PROBES, mutualTlsModule, type MutualTlsProbe } from "./probes";

/** Where the exporter finds what is fetched for it. It reads each file again at each probe. */
export interface ExporterFiles {
  /** `<name>.crt` and `<name>.key` of each certificate. */
  readonly certificatesFolder: string;
  readonly apiKeyFile: string;
  /** The roots by which agents are known. */
  readonly rootsFile: string;
  /** Whom the domains' own certificates come from, where that is nobody public. @default the image's authorities */
  readonly domainsAuthorityFile?: string;
}

export interface ExporterConfigurationArgs {
  readonly files: ExporterFiles;
  readonly routeClasses: readonly string[];
  readonly timeoutSeconds: number;
}

type Module = Readonly<Record<string, unknown>>;

/** https://github.com/prometheus/blackbox_exporter/blob/master/CONFIGURATION.md */
export function exporterConfiguration(args: ExporterConfigurationArgs): {
  readonly modules: Readonly<Record<string, Module>>;
} {
  const { files, routeClasses, timeoutSeconds } = args;
  const timeout = `${timeoutSeconds}s`;
  const authority = files.domainsAuthorityFile ? { ca_file: files.domainsAuthorityFile } : {};
  const address = { preferred_ip_protocol: "ip4", ip_protocol_fallback: true };
  const mutualTls = routeClasses.flatMap((routeClass) =>
    MUTUAL_TLS_PROBES.map((probe): [string, Module] => [
      mutualTlsModule(routeClass, probe),
      {
        prober: "http",
        timeout,
        http: {
          ...address,
          ...harmlessRequest(files.apiKeyFile),
          tls_config: { min_version: "TLS12", ...authority, ...clientCertificate(probe, files) },
          ...expected(probe),
        },
      },
    ]),
  );
  return {
    modules: {
      ...Object.fromEntries(mutualTls),
      connect: { prober: "tcp", timeout, tcp: address },
      tls: {
        prober: "tcp",
        timeout,
        tcp: { ...address, tls: true, tls_config: { min_version: "TLS12", ...authority } },
      },
      upstream: {
        prober: "tcp",
        timeout,
        // From 1.3 on a client sees the server's certificate before it is asked for its own, which the prober has none of.
        tcp: { ...address, tls: true, tls_config: { min_version: "TLS13", ca_file: files.rootsFile } },
      },
    },
  };
}

/**
 * A request that has no effect, twice over: its body is none that a route takes, and it has no idempotency key, without
 * which nothing is done. It is answered by the gateway's validation, which lies behind mutual TLS, the authorizer and the
 * usage plan, and before every function that does something.
 */
const harmlessRequest = (apiKeyFile: string): Module => ({
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json" },
  http_headers: { "x-api-key": { files: [apiKeyFile] } },
  body: "{}",
  follow_redirects: false,
  fail_if_not_ssl: true,
  enable_http2: true,
});

const clientCertificate = (probe: MutualTlsProbe, { certificatesFolder }: ExporterFiles): Module =>
  probe === "none"
    ? {}
    : {
        cert_file: `${certificatesFolder}/${certificateFile(probe)}`,
        key_file: `${certificatesFolder}/${keyFile(probe)}`,
      };

export type CertificateName = (typeof CERTIFICATES)[number];
export const certificateFile = (name: CertificateName): string => `${name}.crt`;
export const keyFile = (name: CertificateName): string => `${name}.key`;

const isAnswer = (codes: readonly string[]): string => `"code": ?"(${codes.join("|")})"`;

/**
 * What each certificate is to be told. That the same request gets the validation's answer with the good one and the
 * authorizer's with the revoked one shows that the authorizer stands before the validation and let the good one through.
 *
 * Who is refused in TLS gets no answer, or the gateway's own 403
 * (https://repost.aws/knowledge-center/api-gateway-mutual-tls-403-errors), but not the authorizer's.
 */
function expected(probe: MutualTlsProbe): Module {
  const { BAD_REQUEST_BODY, BAD_REQUEST_PARAMETERS, ACCESS_DENIED } = ANSWERS;
  const refusedByAuthorizer = isAnswer([ACCESS_DENIED.code]);
  switch (probe) {
    case "good":
      return {
        valid_status_codes: [BAD_REQUEST_BODY.status],
        fail_if_body_not_matches_regexp: [isAnswer([BAD_REQUEST_BODY.code, BAD_REQUEST_PARAMETERS.code])],
      };
    case "revoked":
      return {
        valid_status_codes: [ACCESS_DENIED.status],
        fail_if_body_not_matches_regexp: [refusedByAuthorizer],
      };
    default:
      return {
        valid_status_codes: [ACCESS_DENIED.status],
        fail_if_body_matches_regexp: [refusedByAuthorizer],
      };
  }
}
