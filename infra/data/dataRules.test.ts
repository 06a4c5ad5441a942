import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  clientRecordId,
  ISSUERS_ID,
  REVOCATION_ID,
  SERVICES_ID,
} from "../functions/authorizer/trustRecordIds";
import { Claims, type Claim, type ClaimRequest } from "../functions/edge/claims/claims";
import { DynamoStore, writeTimeoutMs, type DynamoStorePorts } from "../functions/store/dynamoStore";
import { MemoryStore } from "../functions/store/memoryStore";
import { MemoryObjectStore } from "../functions/store/objectStore";
import type { Store, WriteResult } from "../functions/store/store";
import { allowing, type Statement } from "../shared/statement";
import {
  ANSWERS_PREFIX,
  dataNames,
  dataRights,
  itemKeys,
  maxClientRequestsPerSecond,
  STORE_WRITE_TIMEOUT_MS,
} from "./dataRules";

const scope = { partition: "aws", accountId: "123456789012", region: "eu-west-1" };
const names = dataNames("fase-b-staging", scope);
const rights = dataRights(names, scope);

const tableArn = (name: string): string => `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}`;
const onTables = (statements: readonly Statement[]) =>
  statements
    .filter(({ actions }) => actions.some((action) => action.startsWith("dynamodb:")))
    .map(({ resources, actions }) => [resources.join(), [...actions].sort().join()]);

/** IAM's `StringLike`, for patterns with `*` only. */
const isLike = (value: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replace("*", ".*")}$`).test(value);
const patternsOf = ({ conditions }: Statement): readonly string[] => {
  const patterns = conditions?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"] ?? [];
  return typeof patterns === "string" ? [patterns] : patterns;
};
const onRequests = rights.edge.filter(({ resources }) => resources.includes(tableArn(names.tables.requests)));
/** As IAM adds its statements up. */
const grantedOn = (id: string): readonly string[] =>
  onRequests
    .filter((statement) => patternsOf(statement).some((pattern) => isLike(id, pattern)))
    .flatMap(({ actions }) => actions)
    .map((action) => action.replace("dynamodb:", ""));

/** Answers from memory, and has DynamoDB's own commands made of each write: their actions, by the item's id. */
class CommandStore implements Store {
  readonly used = new Map<string, Set<string>>();
  readonly #memory = new MemoryStore();
  readonly #dynamo = new DynamoStore({
    client: {
      send: (command: { readonly constructor: { readonly name: string }; readonly input: Call | Calls }) => {
        const { input } = command;
        // A transaction has no action of its own.
        if ("TransactItems" in input)
          for (const [kind, call] of input.TransactItems.flatMap((item) => Object.entries(item)))
            this.#note(call, `${kind}Item`);
        else this.#note(input, command.constructor.name.replace("Command", ""));
        return Promise.resolve({});
      },
    } as unknown as DynamoStorePorts["client"],
    sleep: () => Promise.resolve(),
    random: () => 0,
  });

  async write(...given: Parameters<Store["write"]>): Promise<WriteResult> {
    await this.#dynamo.write(...given);
    return this.#memory.write(...given);
  }

  #note({ Item, Key }: Call, action: string): void {
    const id = (Item ?? Key)?.id.S ?? "";
    this.used.set(id, (this.used.get(id) ?? new Set()).add(action));
  }
}
interface Call {
  readonly Item?: { readonly id: { readonly S: string } };
  readonly Key?: { readonly id: { readonly S: string } };
}
interface Calls {
  readonly TransactItems: readonly Readonly<Record<string, Call>>[];
}

describe("the rights to the data", () => {
  it("are these actions on these tables, for each function, and no others (B3.1, B3.2, B3.3, B4.1, B4.2)", () => {
    expect(onTables(rights.edge)).toEqual([
      [tableArn("fase-b-staging-requests"), "dynamodb:DeleteItem,dynamodb:PutItem,dynamodb:UpdateItem"],
      [tableArn("fase-b-staging-requests"), "dynamodb:UpdateItem"],
      [tableArn("fase-b-staging-breakers"), "dynamodb:GetItem,dynamodb:PutItem"],
      [tableArn("fase-b-staging-voice"), "dynamodb:PutItem"],
      [tableArn("fase-b-staging-trust"), "dynamodb:GetItem"],
    ]);
    expect(onTables(rights.authorizer)).toEqual([
      [tableArn("fase-b-staging-trust"), "dynamodb:BatchGetItem"],
    ]);
    expect(onTables(rights.voice)).toEqual([
      [tableArn("fase-b-staging-voice"), "dynamodb:PutItem"],
      [tableArn("fase-b-staging-trust"), "dynamodb:GetItem"],
    ]);
    expect(onTables(rights.voiceAuthorizer)).toEqual([
      [tableArn("fase-b-staging-voice"), "dynamodb:DeleteItem"],
    ]);
  });

  it("have an action for each call that the store makes, and none that it does not make", () => {
    const source = readFileSync(join(__dirname, "..", "functions", "store", "dynamoStore.ts"), "utf8");
    const calls = new Set([...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name));
    // A transaction has no action of its own.
    calls.delete("TransactWriteItems");
    const granted = new Set(onRequests.flatMap(({ actions }) => actions));
    expect([...granted].map((action) => action.replace("dynamodb:", "")).sort()).toEqual([...calls].sort());
  });

  it("are, for each kind of item that the claims write, the actions of their commands and no others", async () => {
    const store = new CommandStore();
    const objects = new MemoryObjectStore();
    let nowMs = Date.UTC(2026, 10, 22);
    let tokens = 0;
    const claims = new Claims(
      { store, objects, nowMs: () => nowMs, newToken: () => `${(tokens += 1)}-token-of-16-ch` },
      {
        table: names.tables.requests,
        hardTimeoutMs: 28_000,
        skewAllowanceMs: 1_000,
        storeTimeoutMs: STORE_WRITE_TIMEOUT_MS,
        inlineAnswerBytes: 0,
      },
    );
    const request = (idempotencyKey: string): ClaimRequest => ({
      clientId: "web-app",
      subject: "u_1",
      route: "POST /avatar",
      idempotencyKey,
      agentId: "chat-01",
      contentType: "application/json",
      body: "{}",
      lockResource: "avatar/av_1",
    });
    const claimed = async (key: string): Promise<Claim> => {
      const outcome = await claims.claim(request(key));
      if (outcome.kind !== "fresh") throw new Error(`got ${outcome.kind}; expected a fresh claim`);
      return outcome.claim;
    };
    // All that becomes of a claim: answered, recalled, not sent after all, given back, in doubt and taken over.
    const answered = await claimed("key-1");
    await claims.admit(answered, 10);
    await claims.complete(answered, { status: 200, headers: {}, body: "{}", isBase64Encoded: false });
    expect((await claims.recall(request("key-1")))?.kind).toBe("replay");
    const withdrawn = await claimed("key-2");
    await claims.withdraw(withdrawn, await claims.admit(withdrawn, 10));
    await claims.release(withdrawn, "retry-now");
    await claims.release(await claimed("key-3"), "in-doubt");
    nowMs += 30_000;
    await claims.release(await claimed("key-3"), "retry-now");

    const used = new Map<string, Set<string>>();
    for (const [id, actions] of store.used) {
      const kind = id.replace(/#.*/, "#");
      used.set(kind, new Set([...(used.get(kind) ?? []), ...actions]));
    }
    expect([...used.keys()]).toEqual(["idempotency#", "lock#", "quota#"]);
    // By each item's whole key, so that a pattern that is too narrow is found, too.
    for (const id of store.used.keys())
      expect([id, [...grantedOn(id)].sort()]).toEqual([
        id,
        [...(used.get(id.replace(/#.*/, "#")) ?? [])].sort(),
      ]);
    expect(
      ["ticket#abc", "session#idempotency#1", "idempotency", ""].filter((id) => grantedOn(id).length > 0),
    ).toEqual([]);
    for (const key of objects.objects.keys()) expect(key.startsWith(ANSWERS_PREFIX)).toBe(true);
    expect(objects.objects.size).toBe(1);
  });

  it("are limited to the items that each function's code writes", () => {
    const source = (...file: string[]): string =>
      readFileSync(join(__dirname, "..", "functions", ...file), "utf8");
    const writers = {
      breakers: source("edge", "upstream", "dynamoBreakerStore.ts"),
      tickets: source("tickets", "tickets.ts"),
      sessions: source("voice", "sessions.ts"),
    };
    expect(itemKeys.trust).toEqual([ISSUERS_ID, REVOCATION_ID, clientRecordId("*")]);
    for (const [kind, text] of Object.entries(writers)) {
      const ids = [...text.matchAll(/`([a-z-]+#)\$\{/g)].map(([, prefix]) => `${prefix}*`);
      expect([kind, ids]).toEqual([kind, itemKeys[kind as keyof typeof writers]]);
    }
    const all = [...rights.edge, ...rights.authorizer, ...rights.voice, ...rights.voiceAuthorizer];
    const limited = all
      .filter(({ actions }) => actions[0].startsWith("dynamodb:"))
      .map((statement) => [statement.sid, patternsOf(statement)]);
    expect(limited).toEqual([
      ["Claims", itemKeys.claims],
      ["LocksAndCounts", itemKeys.locksAndCounts],
      ["Breakers", itemKeys.breakers],
      ["Tickets", itemKeys.tickets],
      ["Services", [SERVICES_ID]],
      ["Trust", itemKeys.trust],
      ["Sessions", itemKeys.sessions],
      ["Services", [SERVICES_ID]],
      ["Tickets", itemKeys.tickets],
    ]);
  });

  it("name everything in full but the kind of object and the key, which its alias names", () => {
    const all = [...rights.edge, ...rights.authorizer, ...rights.voice, ...rights.voiceAuthorizer];
    expect(allowing(all)).not.toMatch(/"(dynamodb|s3|kms):[^"]*\*/);
    const open = all.flatMap(({ resources }) => resources).filter((arn) => arn.includes("*"));
    expect([...new Set(open)].sort()).toEqual([
      "arn:aws:kms:eu-west-1:123456789012:key/*",
      "arn:aws:s3:::fase-b-staging-answers-123456789012/answers/*",
    ]);
    for (const { actions, conditions } of all.filter(({ resources }) => resources.join().includes(":kms:"))) {
      expect(actions.every((action) => action.startsWith("kms:"))).toBe(true);
      expect(conditions?.["ForAnyValue:StringEquals"]).toEqual({
        "kms:ResourceAliases": "alias/fase-b-staging-data",
      });
      expect(conditions?.["StringEquals"]?.["kms:ViaService"]).toMatch(
        /^(dynamodb|s3)\.eu-west-1\.amazonaws\.com$/,
      );
    }
  });
});

describe("a client's rate (B4.1)", () => {
  it("is what one exact counter carries, by the time for which the store repeats a write", () => {
    expect(STORE_WRITE_TIMEOUT_MS).toBe(writeTimeoutMs);
    const carried = (clockDifferenceMs: number): number =>
      maxClientRequestsPerSecond({ claims: { clockDifferenceMs }, answers: { retentionDays: 2 } });
    expect(carried(1_000)).toBe(83);
    expect(carried(10_000)).toBeLessThan(carried(1_000));
  });
});

describe("the bucket's name", () => {
  it("is one that S3 takes", () => {
    expect(names.answersBucket).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  });
});
