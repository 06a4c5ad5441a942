import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  clientRecordId,
  ISSUERS_ID,
  REVOCATION_ID,
  SERVICES_ID,
} from "../functions/authorizer/trustRecordIds";
import { Claims } from "../functions/edge/claims/claims";
import { writeTimeoutMs } from "../functions/store/dynamoStore";
import { MemoryStore } from "../functions/store/memoryStore";
import { MemoryObjectStore } from "../functions/store/objectStore";
import type { Store } from "../functions/store/store";
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
const mayReach = (id: string): boolean => itemKeys.requests.some((pattern) => isLike(id, pattern));

describe("the rights to the data", () => {
  it("are these actions on these tables, for each function, and no others (B3.1, B3.2, B3.3, B4.1, B4.2)", () => {
    expect(onTables(rights.edge)).toEqual([
      [tableArn("fase-b-staging-requests"), "dynamodb:DeleteItem,dynamodb:PutItem,dynamodb:UpdateItem"],
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
    const [claims] = rights.edge;
    expect(claims?.actions.map((action) => action.replace("dynamodb:", "")).sort()).toEqual(
      [...calls].sort(),
    );
  });

  it("reach every item that the claims write, and none of another kind", async () => {
    const memory = new MemoryStore();
    const objects = new MemoryObjectStore();
    const written = new Set<string>();
    const store: Store = {
      write: (step, writes) => {
        for (const write of writes) written.add(write.kind === "put" ? write.item.id : write.id);
        return memory.write(step, writes);
      },
    };
    const claims = new Claims(
      { store, objects, nowMs: () => Date.UTC(2026, 10, 22), newToken: () => "a-token-of-16-ch" },
      {
        table: names.tables.requests,
        hardTimeoutMs: 28_000,
        skewAllowanceMs: 1_000,
        storeTimeoutMs: STORE_WRITE_TIMEOUT_MS,
        inlineAnswerBytes: 0,
      },
    );
    const outcome = await claims.claim({
      clientId: "web-app",
      subject: "u_1",
      route: "POST /avatar",
      idempotencyKey: "key-1",
      agentId: "chat-01",
      contentType: "application/json",
      body: "{}",
      lockResource: "avatar/av_1",
    });
    if (outcome.kind !== "fresh") throw new Error(`got ${outcome.kind}; expected a fresh claim`);
    await claims.admit(outcome.claim, 10);
    await claims.complete(outcome.claim, { status: 200, headers: {}, body: "{}", isBase64Encoded: false });

    expect([...written].map((id) => id.replace(/#.*/, "#"))).toEqual(["idempotency#", "lock#", "quota#"]);
    expect([...written].filter((id) => !mayReach(id))).toEqual([]);
    expect(["ticket#abc", "session#idempotency#1", "idempotency", ""].filter(mayReach)).toEqual([]);
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
      .map(({ sid, conditions }) => [sid, conditions?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"]]);
    expect(limited).toEqual([
      ["Claims", itemKeys.requests],
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
