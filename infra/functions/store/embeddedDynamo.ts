import dynalite from "dynalite";
import { close, failure, forward, listen, startFront, type Answer, type TestDynamo } from "./dynamoFront";

interface Action {
  readonly TableName: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly Key?: object;
  readonly Item?: Readonly<Record<string, unknown>>;
}

type TransactItem = Readonly<Partial<Record<"Put" | "Update" | "Delete", Action>>>;

/**
 * Tests only: dynalite in this process, behind a small front that adds the two things of DynamoDB's it lacks and the
 * functions use: `TransactWriteItems`, and the old item in a refused condition
 * (https://github.com/architect/dynalite/issues/98, https://github.com/architect/dynalite/issues/182).
 *
 * It takes one request at a time. Conditions and updates are dynalite's own; a transaction's actions are performed in
 * order, and the old items put back where one is refused. So there are no conflicts of transactions here and no
 * `ClientRequestToken`: tests play those in by hand. Where else it differs: test/reference/README.md.
 */
export async function startEmbeddedDynamo(): Promise<TestDynamo> {
  const inner = await listen(dynalite({ createTableMs: 0 }));
  let turn: Promise<unknown> = Promise.resolve();
  return startFront({
    perform: (operation, text, request) => {
      const call: Call = (name, body) => forward(inner.url, name, JSON.stringify(body), request);
      const body = JSON.parse(text) as Action & { readonly TransactItems?: TransactItem[] };
      const answer = turn.then(() =>
        operation === "TransactWriteItems"
          ? transact(call, body.TransactItems ?? [])
          : withOldItem(call, operation, body),
      );
      turn = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      // Who asked may be gone, and his request still at work: it would find the store closed.
      await turn;
      await close(inner.server);
    },
  });
}

type Call = (operation: string, body: object) => Promise<Answer>;

const isRefusal = ({ body }: Answer): boolean =>
  String(body["__type"]).endsWith("#ConditionalCheckFailedException");

const asksForOld = (action: Action): boolean => action.ReturnValuesOnConditionCheckFailure === "ALL_OLD";

const keyOf = ({ Key, Item }: Action): object => Key ?? { id: Item?.["id"] };

async function oldItem(call: Call, action: Action): Promise<object | undefined> {
  const { TableName } = action;
  const { body } = await call("GetItem", { TableName, Key: keyOf(action), ConsistentRead: true });
  return body["Item"] as object | undefined;
}

const singleOperations = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem" } as const;

/** dynalite validates the request by a list of fields that it knows. */
const withoutUnknown = (action: object): object =>
  Object.fromEntries(
    Object.entries(action).filter(([name]) => name !== "ReturnValuesOnConditionCheckFailure"),
  );

async function withOldItem(call: Call, operation: string, action: Action): Promise<Answer> {
  const answer = await call(operation, withoutUnknown(action));
  if (!isRefusal(answer) || !asksForOld(action)) return answer;
  const Item = await oldItem(call, action);
  return { ...answer, body: { ...answer.body, ...(Item === undefined ? {} : { Item }) } };
}

async function transact(call: Call, items: readonly TransactItem[]): Promise<Answer> {
  const undo: (() => Promise<Answer>)[] = [];
  const reasons: object[] = [];
  for (const item of items) {
    const [[kind, action] = []] = Object.entries(item) as [keyof typeof singleOperations, Action][];
    if (kind === undefined || action === undefined) throw new Error("a transaction's item without an action");
    const { TableName } = action;
    const Item = await oldItem(call, action);
    const answer = await call(singleOperations[kind], withoutUnknown(action));
    if (isRefusal(answer))
      reasons.push({
        Code: "ConditionalCheckFailed",
        ...(Item === undefined || !asksForOld(action) ? {} : { Item }),
      });
    else if (answer.status !== 200) reasons.push({ Code: "ValidationError" });
    else {
      reasons.push({ Code: "None" });
      undo.push(() =>
        Item === undefined
          ? call("DeleteItem", { TableName, Key: keyOf(action) })
          : call("PutItem", { TableName, Item }),
      );
    }
  }
  if (undo.length === items.length) return { status: 200, body: {} };
  for (const back of undo) await back();
  return { status: 400, body: failure("TransactionCanceledException", { CancellationReasons: reasons }) };
}
