import { describe, expect, it } from "vitest";
import { calledAgents, withLocalAddresses } from "./configuration";

const configuration = {
  namePrefix: "fase-b-staging",
  connectionsUrl: "https://voice-01.staging.example.com",
  agents: [
    {
      id: "chat-01",
      domain: "chat-01.staging.example.com",
      upstream: { url: "https://real.example.com", timeoutMs: 20000 },
    },
    { id: "voice-tickets-01", domain: "voice-tickets-01.staging.example.com" },
  ],
};
const text = JSON.stringify(configuration);
const addresses = {
  agents: new Map([["chat-01", "https://127.0.0.1:4433"]]),
  voiceConnections: "http://127.0.0.1:4434",
};

describe("a function's configuration here", () => {
  it("leads to the stubs, and is the deployed one otherwise", () => {
    const [chat, tickets] = configuration.agents;
    expect(JSON.parse(withLocalAddresses(text, addresses))).toEqual({
      ...configuration,
      connectionsUrl: addresses.voiceConnections,
      agents: [{ ...chat, upstream: { url: "https://127.0.0.1:4433", timeoutMs: 20000 } }, tickets],
    });
    expect(withLocalAddresses('{"namePrefix":"x"}', addresses)).toBe('{"namePrefix":"x"}');
  });

  it("never leads to a real agent", () => {
    expect(() => withLocalAddresses(text, { ...addresses, agents: new Map() })).toThrow(
      /chat-01.*no stub.*fix: /,
    );
  });

  it("says which agents are called", () => {
    const files = new Map([["configuration.json", Buffer.from(text)]]);
    expect(calledAgents([{ files }, { files }, { files: new Map() }])).toEqual(["chat-01"]);
  });
});
