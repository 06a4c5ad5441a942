import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  PutItemCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type DynamoDBClientConfig,
  type TransactWriteItem,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import {
  fromAttributes,
  Statement,
  toAttribute,
  toAttributes,
  toValues,
  type Attributes,
} from "./expressions";
import {
  StoreError,
  type DeleteWrite,
  type Item,
  type PutWrite,
  type Store,
  type UpdateWrite,
  type Verdict,
  type Write,
  type WriteResult,
} from "./store";

export interface DynamoStorePorts {
  readonly client: DynamoDBClient;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Another transaction at the same item is over in milliseconds; more tries would only add to the contention. */
const conflictTries = 4;
const conflictBaseMs = 10;

/**
 * A write is given up after this, the SDK's repeats included. It bounds how long after its first sending a repeat can
 * arrive, and with that how long the quota must remember what it has counted.
 */
export const writeTimeoutMs = 2_500;

/** A write whose caller waits, or does not any more. */
interface Wait {
  isOver: boolean;
}

/** By the input of a request. Nothing of it may be sent once nobody waits. */
const waits = new WeakMap<object, Wait>();

/**
 * The SDK's client with its times bounded. One for each instance of a function, made outside of the handler.
 *
 * The middleware is put together once for each kind of request, which is a fifth of the processor time that a request
 * takes, as long as no options come with it. So a deadline is no signal: whoever waits goes away by himself, and what
 * the SDK would send afterwards is held up here, also by an instance that was frozen meanwhile, whatever its clocks say.
 */
export function createDynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({
    cacheMiddleware: true,
    maxAttempts: 3,
    // A cold instance has a fraction of a processor, and its first handshake takes its share.
    requestHandler: { connectionTimeout: 500, requestTimeout: 600, throwOnRequestTimeout: true },
    ...config,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      if (waits.get(args.input)?.isOver === true) throw new Error("a repeat after the write's time");
      return next(args);
    },
    // Within the SDK's own loop of repeats, which is of high priority.
    { name: "noneWithoutWait", step: "finalizeRequest", priority: "low" },
  );
  return client;
}

/**
 * The store over DynamoDB's own client. A refused condition answers with the item that stood there, in the same round
 * trip; a conflict of transactions, which says nothing about the condition, is tried again a few times.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export class DynamoStore implements Store {
  constructor(private readonly ports: DynamoStorePorts) {}

  async write(step: string, writes: readonly [Write, ...Write[]]): Promise<WriteResult> {
    const wait: Wait = { isOver: false };
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        wait.isOver = true;
        reject(new StoreError("unavailable", step, "TimeoutError"));
      }, writeTimeoutMs);
    });
    try {
      return await Promise.race([this.#write(step, writes, wait), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #write(step: string, writes: readonly [Write, ...Write[]], wait: Wait): Promise<WriteResult> {
    // Before anything is caught: a write that cannot be rendered is a mistake of the caller's.
    const send = this.#rendered(writes, wait);
    for (let tried = 1; tried <= conflictTries; tried += 1) {
      if (tried > 1) await this.ports.sleep(this.ports.random() * conflictBaseMs * 2 ** tried);
      try {
        const { Attributes } = await send();
        return toDone(writes, Attributes);
      } catch (error) {
        const refusal = toRefusal(step, error);
        if (refusal !== "conflict") return refusal;
      }
    }
    throw new StoreError("conflict", step, `${conflictTries} tries met other transactions`);
  }

  /**
   * @returns sends the same input each time, as a new command, a transaction with a new token. `$metadata` is the one
   *   thing that the answers of all four have
   */
  #rendered(
    writes: readonly [Write, ...Write[]],
    wait: Wait,
  ): () => Promise<Pick<UpdateItemCommandOutput, "Attributes" | "$metadata">> {
    const { client } = this.ports;
    const waited = <T extends object>(input: T): T => {
      waits.set(input, wait);
      return input;
    };
    const [write] = writes;
    if (writes.length > 1) {
      const input = waited({ TransactItems: writes.map(toAction) });
      return () => client.send(new TransactWriteItemsCommand(input));
    }
    switch (write.kind) {
      case "put": {
        const input = waited(toPut(write));
        return () => client.send(new PutItemCommand(input));
      }
      case "update": {
        const ReturnValues = write.returnsUpdated === true ? "UPDATED_NEW" : "NONE";
        const input = waited({ ...toUpdate(write), ReturnValues } as const);
        return () => client.send(new UpdateItemCommand(input));
      }
      case "delete": {
        const input = waited({ ...toDelete(write), ReturnValues: "ALL_OLD" } as const);
        return () => client.send(new DeleteItemCommand(input));
      }
    }
  }
}

/** A write as an action of TransactWriteItems. */
function toAction(write: Write): TransactWriteItem {
  switch (write.kind) {
    case "put":
      return { Put: toPut(write) };
    case "update":
      return { Update: toUpdate(write) };
    case "delete":
      return { Delete: toDelete(write) };
  }
}

/** As of a transaction, this is the input of a call alone, but for what that sends back. */
const toPut = (write: PutWrite) => ({ ...toConditional(write), Item: toAttributes(write.item) });

function toUpdate(write: UpdateWrite) {
  const statement = Statement.of(write);
  return {
    ...toConditional(write, statement),
    Key: { id: toAttribute(write.id) },
    UpdateExpression: statement.update,
  };
}

const toDelete = (write: DeleteWrite) => ({ ...toConditional(write), Key: { id: toAttribute(write.id) } });

function toConditional(write: Write, statement = Statement.of(write)) {
  return {
    TableName: write.table,
    ConditionExpression: statement.condition,
    ExpressionAttributeNames: statement.names,
    ExpressionAttributeValues: statement.valuesOf(write),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
}

/** @param attributes what a single update that asks for it has updated, or the item before a single deletion */
function toDone(
  [write, ...others]: readonly [Write, ...Write[]],
  attributes: Attributes | undefined,
): WriteResult {
  if (others.length === 0 && write.kind === "update" && write.returnsUpdated === true)
    return { done: true, after: { ...toValues(attributes ?? {}), id: write.id } };
  if (others.length === 0 && write.kind === "delete")
    return { done: true, after: undefined, before: toItem(attributes) };
  return { done: true, after: undefined };
}

const toItem = (attributes: Attributes | undefined): Item | undefined =>
  attributes === undefined || Object.keys(attributes).length === 0 ? undefined : fromAttributes(attributes);

/** Codes of a cancelled transaction that say "not now" about one of its items. */
const transientCodes = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

/** @throws StoreError for anything but a refused condition or a conflict */
function toRefusal(step: string, error: unknown): WriteResult | "conflict" {
  if (error instanceof ConditionalCheckFailedException)
    return { done: false, verdicts: [{ held: false, old: toItem(error.Item) }] };
  if (error instanceof TransactionCanceledException) return toVerdicts(step, error);
  // The second one: a repeat of the SDK overtook its first sending, which goes on.
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException)
    return "conflict";
  throw toStoreError(step, error);
}

function toVerdicts(step: string, error: TransactionCanceledException): WriteResult | "conflict" {
  const reasons = error.CancellationReasons ?? [];
  const codes = reasons.map((reason) => reason.Code ?? "None");
  if (codes.some((code) => transientCodes.has(code))) return "conflict";
  const strange = codes.find((code) => code !== "None" && code !== "ConditionalCheckFailed");
  if (strange !== undefined || !codes.includes("ConditionalCheckFailed"))
    throw new StoreError("refused", step, strange ?? "cancelled without a reason");
  return {
    done: false,
    verdicts: reasons.map((reason): Verdict =>
      reason.Code === "ConditionalCheckFailed" ? { held: false, old: toItem(reason.Item) } : { held: true },
    ),
  };
}

/** Faults of the request itself, and not of the moment. */
const refusedNames = new Set([
  "AccessDeniedException",
  "IdempotentParameterMismatchException",
  "IncompleteSignatureException",
  "ItemCollectionSizeLimitExceededException",
  "MissingAuthenticationTokenException",
  "ResourceNotFoundException",
  "UnrecognizedClientException",
  "ValidationException",
]);

/** Without the vendor's error as cause: it carries the whole answer, items included. */
function toStoreError(step: string, error: unknown): StoreError {
  const name = error instanceof Error ? error.name : typeof error;
  const refused = error instanceof DynamoDBServiceException && refusedNames.has(name);
  return new StoreError(refused ? "refused" : "unavailable", step, name);
}
