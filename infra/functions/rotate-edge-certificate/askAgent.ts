import { request } from "node:https";
import { rootCertificates } from "node:tls";
import type { CertificateAndKey } from "../rotation/certificates";
import { RotationProblem } from "../rotation/problem";
import type { RotateEdgeCertificateConfiguration } from "./configuration";

/** Answers by which a server says that it does not take the certificate. nginx has 400 for its own 495 and 496. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 495, 496]);

/**
 * Asks an agent for something with the certificate. An answer is waited for: with TLS 1.3 the handshake ends well for a
 * client before the server has looked at its certificate (RFC 8446, section 4.4).
 *
 * @throws RotationProblem when it refuses, or does not answer in time
 */
export function askAgent(
  { host, port, path, timeoutMs }: NonNullable<RotateEdgeCertificateConfiguration["agent"]>,
  { certificatePem, privateKeyPem }: CertificateAndKey,
  trustedPems: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (got: string): void =>
      reject(
        new RotationProblem(
          `agent ${host}`,
          got,
          "an answer to a request with the new certificate",
          "see whether the agent trusts the issuing generation; the certificate in force stays",
        ),
      );
    const asked = request(
      {
        host,
        port,
        path,
        method: "HEAD",
        cert: certificatePem,
        key: privateKeyPem,
        ca: [trustedPems, ...rootCertificates],
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        answer.resume();
        const { statusCode = 0 } = answer;
        if (REFUSALS.has(statusCode)) refused(`the status ${statusCode}`);
        else resolve();
      },
    );
    asked.on("error", (error: NodeJS.ErrnoException) => refused(error.code ?? error.name));
    asked.end();
  });
}
