import type { PagerSettings } from "./pagerRules";

/** Good settings, fresh at each call. */
export const pagerSettings = (): PagerSettings => ({
  account: "example.pagerduty.com",
  people: [
    { id: "first", email: "first@example.com" },
    { id: "second", email: "second@example.com" },
  ],
  schedule: {
    timeZone: "Europe/Madrid",
    startsOn: "2026-11-30",
    handOverAt: "09:00",
    turnDays: 7,
    turns: ["first", "second"],
  },
  escalation: { acknowledgeMinutes: 10, then: ["second"], repeats: 3 },
  keyGeneration: "k1",
  groupingMinutes: 5,
});
