import { describe, expect, it } from "vitest";
import { formsOf, personalData, replaced, stepsOf } from "../log/testSupport/personalData";
import { StoreError } from "../store/store";
import { answerOf, createBench, eventOf, good, goodBodies, type Bench, type Path } from "./testSupport";

function expectClean(bench: Bench, secret: string, refusal?: string): void {
  expect(bench.lines.length).toBeGreaterThan(0);
  for (const form of formsOf(secret)) {
    expect(bench.lines.join("\n")).not.toContain(form);
    if (refusal !== undefined) expect(refusal).not.toContain(form);
  }
  expect(bench.lines.join("\n")).not.toContain("RefusedFields");
}

describe("no line of the edge, and no refusal, holds personal data (B8.3)", () => {
  it.each(personalData)("when %j stands in any field of the event, or is a field's name", async (secret) => {
    const bench = createBench();
    for (const steps of stepsOf(good("/avatar"))) {
      for (const event of [
        replaced(good("/avatar"), steps, secret),
        replaced(good("/avatar"), [...steps.slice(0, -1), secret], secret),
      ]) {
        const answer = await bench.call(event);
        expectClean(bench, secret, answer.statusCode >= 400 ? JSON.stringify(answer) : undefined);
        bench.lines.length = 0;
      }
    }
  });

  it.each(personalData)(
    "when %j stands in any field of the body, or is a property's name",
    async (secret) => {
      const bench = createBench();
      for (const path of Object.keys(goodBodies) as Path[]) {
        for (const steps of stepsOf(goodBodies[path])) {
          for (const body of [
            replaced(goodBodies[path], steps, secret),
            replaced(goodBodies[path], steps, { [secret]: secret }),
            replaced(goodBodies[path], [...steps.slice(0, -1), secret], 1),
          ]) {
            const answer = await bench.call(eventOf(path, body));
            expectClean(bench, secret, answer.statusCode >= 400 ? JSON.stringify(answer) : undefined);
            bench.lines.length = 0;
          }
        }
        const broken = await bench.call(eventOf(path, `{"${secret}`));
        expectClean(bench, secret, JSON.stringify(broken));
      }
    },
  );

  it.each(personalData)("when the agent answers, fails or throws %j", async (secret) => {
    const words = { code: secret, title: secret, detail: secret };
    const headers = { "content-type": "application/problem+json", "retry-after": secret, "x-who": secret };
    for (const status of [200, 404, 409, 422, 429, 500, 503]) {
      const bench = createBench();
      bench.agent = () => Promise.resolve(answerOf(status, words, headers));
      await bench.callInTime(good("/chat"));
      expectClean(bench, secret);
    }
    const bench = createBench();
    const error = Object.assign(new Error(secret), { name: secret, code: secret, cause: new Error(secret) });
    bench.agent = () => Promise.reject(error);
    expectClean(bench, secret, JSON.stringify(await bench.call(good("/chat"))));
  });

  it.each(personalData)("when the table or the object store fails with %j", async (secret) => {
    const error = Object.assign(new StoreError("unavailable", secret, secret), { code: secret });
    for (const thrown of [error, new Error(secret), secret]) {
      const bench = createBench({ store: { write: () => Promise.reject(thrown as Error) } });
      expectClean(bench, secret, JSON.stringify(await bench.call(good("/chat"))));
      const failing = (): Promise<never> => Promise.reject(thrown as Error);
      const other = createBench({ inlineAnswerBytes: 1, objects: { put: failing, get: failing } });
      expectClean(other, secret, JSON.stringify(await other.call(good("/chat"))));
    }
  });
});
