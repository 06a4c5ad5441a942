import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { formsOf, personalData, replaced, stepsOf } from "../log/testSupport/personalData";
import { StoreError } from "../store/store";
import type { VoicePorts } from "./handleMessage";
import { start } from "./testSupport";

const expectClean = (lines: readonly object[], secret: string, answer: unknown = ""): void => {
  expect(lines.length).toBeGreaterThan(0);
  const written = JSON.stringify(lines);
  for (const form of formsOf(secret)) {
    expect(written).not.toContain(form);
    expect(JSON.stringify(answer)).not.toContain(form);
  }
  expect(written).not.toContain("RefusedFields");
};

const messages = [
  { type: "session.start", instructions: "Be brief" },
  { type: "audio.input", sequence: 0, data: "AAAA" },
  { type: "session.stop" },
] as const;

describe("no line of a voice session, and no answer, holds personal data (B8.3)", () => {
  it.each(personalData)("when %j stands in any field of an event, or is a field's name", async (secret) => {
    const { event: eventOf } = start();
    for (const route of ["$connect", "$default", "$disconnect"]) {
      const good = eventOf(route, route === "$default" ? JSON.stringify(messages[0]) : undefined);
      for (const steps of stepsOf(good))
        for (const event of [
          replaced(good, steps, secret),
          replaced(good, [...steps.slice(0, -1), secret], secret),
        ]) {
          const { handler, event: of, lines } = start();
          if (route !== "$connect") await handler(of("$connect"));
          const answer = await handler(event as APIGatewayProxyWebsocketEventV2);
          expectClean(lines, secret, answer);
        }
    }
  });

  it.each(personalData)("when %j stands in any field of a message, or is a field's name", async (secret) => {
    for (const message of messages)
      for (const steps of stepsOf(message))
        for (const body of [
          JSON.stringify(replaced(message, steps, secret)),
          JSON.stringify(replaced(message, [...steps.slice(0, -1), secret], secret)),
          `{"${secret}`,
          secret,
        ]) {
          const { begin, handler, event, lines } = start();
          await begin();
          expectClean(lines, secret, await handler(event("$default", body)));
        }
  });

  const unwell = (secret: string): readonly Partial<VoicePorts>[] => {
    const errors = [
      Object.assign(new Error(secret), { name: secret, code: secret, cause: new Error(secret) }),
      new StoreError("unavailable", secret, secret),
      secret,
    ];
    const well: VoicePorts["upstream"] = {
      send: () => Promise.resolve({ kind: "accepted", replies: [] }),
      end: () => Promise.resolve(),
    };
    return errors.flatMap((error) => {
      const failing = (): Promise<never> => Promise.reject(error as Error);
      return [
        { upstream: { ...well, send: failing } },
        { upstream: { ...well, end: failing } },
        { connections: { post: failing, close: failing } },
        {
          upstream: { ...well, send: () => Promise.resolve({ kind: "accepted", replies: [secret] }) },
          connections: { post: failing, close: failing },
        },
      ];
    });
  };
  it.each(personalData)("when agent, gateway or table fail with %j, or the agent says it", async (secret) => {
    for (const ports of unwell(secret)) {
      const { handler, event, lines } = start(ports);
      await handler(event("$connect"));
      const answers = [];
      for (const message of messages) answers.push(await handler(event("$default", JSON.stringify(message))));
      answers.push(await handler(event("$disconnect")));
      expectClean(lines, secret, answers);
    }
    const { handler, event, lines } = start({}, () => ({
      write: () => Promise.reject(new StoreError("unavailable", secret, secret)),
    }));
    expectClean(lines, secret, [await handler(event("$connect")), await handler(event("$disconnect"))]);
  });
});
