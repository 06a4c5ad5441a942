import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { CertificateAndKey } from "../../../cli/local/authority/authority";
import type { EmulatorApi } from "../../../cli/local/emulator/emulatorApi";

export interface SnapshotGatewayOptions {
  readonly api: EmulatorApi;
  readonly apiId: string;
  readonly stageName: string;
  readonly server: CertificateAndKey;
  readonly truststorePem: string;
}

interface Resource {
  readonly id: string;
  readonly path: string;
  readonly resourceMethods?: Readonly<Record<string, Method>>;
}
interface Method {
  readonly methodIntegration?: Readonly<Record<string, unknown>> & {
    readonly integrationResponses?: Readonly<Record<string, object>>;
  };
}

/**
 * A test double of the gateway's data plane, beside the emulator's control plane, which is its own. The emulator serves an API's model as it
 * is at the moment, whatever its stage points at (of a deployment it keeps the gateway responses alone); the gateway serves the snapshot. So
 * each deployment's model is copied here into an API of the emulator's, and each call goes to the copy of the deployment that the stage
 * points at in the emulator, which is looked up for each call. In front of it mutual TLS, as on a custom domain.
 */
export class SnapshotGateway {
  private readonly copies = new Map<string, string>();
  private readonly server: Server;

  private constructor(private readonly options: SnapshotGatewayOptions) {
    this.server = createServer(
      {
        cert: options.server.certificatePem,
        key: options.server.keyPem,
        ca: options.truststorePem,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        this.serve(request, response).catch(() => response.destroy());
      },
    );
  }

  static async start(options: SnapshotGatewayOptions): Promise<SnapshotGateway> {
    const gateway = new SnapshotGateway(options);
    await new Promise<void>((done) => gateway.server.listen(0, "127.0.0.1", done));
    return gateway;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** What the gateway does by itself when a deployment is made. */
  async keep(deploymentId: string): Promise<void> {
    const { api, apiId, stageName } = this.options;
    const listed = await this.call("GET", `/restapis/${apiId}/resources?embed=methods`);
    const { id } = await this.call("POST", "/restapis", { name: `copy-${randomUUID()}` });
    const root = `/restapis/${String(id)}`;
    const [top] = (await this.call("GET", `${root}/resources`))["item"] as readonly Resource[];
    for (const { path, resourceMethods = {} } of listed["item"] as readonly Resource[]) {
      if (path === "/") continue;
      const made = await this.call("POST", `${root}/resources/${top?.id ?? ""}`, { pathPart: path.slice(1) });
      for (const [method, { methodIntegration = {} }] of Object.entries(resourceMethods)) {
        const at = `${root}/resources/${String(made["id"])}/methods/${method}`;
        await this.call("PUT", at, { authorizationType: "NONE", apiKeyRequired: false });
        await this.call("PUT", `${at}/integration`, methodIntegration);
        for (const [status, answer] of Object.entries(methodIntegration.integrationResponses ?? {}))
          await this.call("PUT", `${at}/integration/responses/${status}`, answer);
      }
    }
    await api.call("apigateway", { method: "POST", path: `${root}/deployments`, json: { stageName } });
    this.copies.set(deploymentId, String(id));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { api, apiId, stageName } = this.options;
    const { deploymentId } = await this.call("GET", `/restapis/${apiId}/stages/${stageName}`);
    const copy = this.copies.get(String(deploymentId));
    if (copy === undefined) throw new Error(`no snapshot of ${String(deploymentId)} was kept`);
    const answer = await api.send({
      method: request.method ?? "",
      path: `/restapis/${copy}/${stageName}/_user_request_${request.url ?? ""}`,
      headers: { "content-type": "application/json" },
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  }

  private call(method: string, path: string, json?: unknown): Promise<Readonly<Record<string, unknown>>> {
    return this.options.api.call("apigateway", { method, path, ...(json === undefined ? {} : { json }) });
  }
}
