import {
  APIGatewayClient,
  DeleteClientCertificateCommand,
  GenerateClientCertificateCommand,
  GetClientCertificateCommand,
  GetStageCommand,
  NotFoundException,
  paginateGetClientCertificates,
  paginateGetRestApis,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import { RotationProblem } from "../rotation/problem";

export interface GatewayCertificate {
  readonly id: string;
  readonly description: string;
  readonly createdMs: number;
  readonly expiresMs: number;
}

export interface StageState {
  readonly certificateId: string | undefined;
  readonly updatedMs: number;
}

/** What the rotation asks of one stage, and of the account's client certificates. */
export interface Stages {
  stage(): Promise<StageState>;
  certificates(): Promise<readonly GatewayCertificate[]>;
  generate(description: string): Promise<GatewayCertificate>;
  use(certificateId: string): Promise<void>;
  /** One that is gone is no fault; one that is in use is refused by the gateway. */
  delete(certificateId: string): Promise<void>;
}

/** https://docs.aws.amazon.com/apigateway/latest/api/API_ClientCertificate.html */
export class ApiGatewayStages implements Stages {
  #apiId: string | undefined;

  constructor(
    private readonly client: APIGatewayClient,
    private readonly names: { readonly apiName: string; readonly stageName: string },
  ) {}

  async stage(): Promise<StageState> {
    const { clientCertificateId, lastUpdatedDate } = await this.client.send(
      new GetStageCommand(await this.#address()),
    );
    return { certificateId: clientCertificateId, updatedMs: lastUpdatedDate?.getTime() ?? 0 };
  }

  async certificates(): Promise<readonly GatewayCertificate[]> {
    const found: GatewayCertificate[] = [];
    for await (const { items = [] } of paginateGetClientCertificates(
      { client: this.client, pageSize: 500 },
      {},
    ))
      found.push(...items.map(toCertificate));
    return found;
  }

  async generate(description: string): Promise<GatewayCertificate> {
    return toCertificate(await this.client.send(new GenerateClientCertificateCommand({ description })));
  }

  async use(certificateId: string): Promise<void> {
    await this.client.send(
      new UpdateStageCommand({
        ...(await this.#address()),
        patchOperations: [{ op: "replace", path: "/clientCertificateId", value: certificateId }],
      }),
    );
  }

  async delete(certificateId: string): Promise<void> {
    try {
      await this.client.send(new DeleteClientCertificateCommand({ clientCertificateId: certificateId }));
    } catch (error) {
      if (!(error instanceof NotFoundException)) throw error;
    }
  }

  /** The stage's certificate alone, for who only watches. */
  async certificateInUse(): Promise<GatewayCertificate | undefined> {
    const { certificateId } = await this.stage();
    if (certificateId === undefined) return undefined;
    const command = new GetClientCertificateCommand({ clientCertificateId: certificateId });
    return toCertificate(await this.client.send(command));
  }

  async #address(): Promise<{ readonly restApiId: string; readonly stageName: string }> {
    const { apiName, stageName } = this.names;
    this.#apiId ??= await this.#findApi();
    if (this.#apiId !== undefined) return { restApiId: this.#apiId, stageName };
    throw new RotationProblem(
      `REST API ${apiName}`,
      "none or several of that name",
      "exactly one in account and region",
      "see the name in the configuration",
    );
  }

  async #findApi(): Promise<string | undefined> {
    const ids: string[] = [];
    for await (const { items = [] } of paginateGetRestApis({ client: this.client, pageSize: 500 }, {}))
      for (const { id, name } of items) if (name === this.names.apiName && id !== undefined) ids.push(id);
    return ids.length === 1 ? ids[0] : undefined;
  }
}

const toCertificate = (made: {
  readonly clientCertificateId?: string | undefined;
  readonly description?: string | undefined;
  readonly createdDate?: Date | undefined;
  readonly expirationDate?: Date | undefined;
}): GatewayCertificate => ({
  id: made.clientCertificateId ?? "",
  description: made.description ?? "",
  createdMs: made.createdDate?.getTime() ?? 0,
  expiresMs: made.expirationDate?.getTime() ?? 0,
});
