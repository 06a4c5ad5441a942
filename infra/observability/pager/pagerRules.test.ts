import { describe, expect, it } from "vitest";
import {
  alarmsEndpoint,
  alertEventsUrl,
  changeEventsUrl,
  checkPeople,
  jobTitle,
  layerOf,
  pagerSecret,
  serviceRegionOf,
  type PagerSettings,
} from "./pagerRules";
import { formatProblem } from "../../shared/problem";
import { pagerSettings } from "./testSupport";

const schedule = (over: Partial<PagerSettings["schedule"]>): PagerSettings["schedule"] => ({
  ...pagerSettings().schedule,
  ...over,
});

describe("the schedule's turns", () => {
  it("begin at the local time of the settings, with the zone's offset of that day", () => {
    const startOf = (startsOn: string, timeZone: string): string =>
      layerOf(schedule({ startsOn, timeZone })).start;
    expect(startOf("2026-11-30", "Europe/Madrid")).toBe("2026-11-30T09:00:00+01:00");
    expect(startOf("2026-07-06", "Europe/Madrid")).toBe("2026-07-06T09:00:00+02:00");
    expect(startOf("2026-07-06", "America/New_York")).toBe("2026-07-06T09:00:00-04:00");
    expect(startOf("2026-07-06", "Asia/Kolkata")).toBe("2026-07-06T09:00:00+05:30");
    expect(startOf("2026-07-06", "Etc/UTC")).toBe("2026-07-06T09:00:00+00:00");
  });

  it("begin right on the days on which the clocks change", () => {
    const startOf = (handOverAt: string): string =>
      layerOf(schedule({ startsOn: "2026-10-25", handOverAt })).start;
    // 03:00 of summer became 02:00 of winter.
    expect(startOf("01:30")).toBe("2026-10-25T01:30:00+02:00");
    expect(startOf("03:30")).toBe("2026-10-25T03:30:00+01:00");
    expect(layerOf(schedule({ startsOn: "2026-03-29", handOverAt: "04:00" })).start).toBe(
      "2026-03-29T04:00:00+02:00",
    );
  });

  it("last whole days, in seconds", () => {
    expect(layerOf(schedule({ turnDays: 7 })).rotationTurnLengthSeconds).toBe(604_800);
    expect(layerOf(schedule({ turnDays: 1 })).rotationTurnLengthSeconds).toBe(86_400);
  });

  it("are in a zone that there is", () => {
    expect(() => layerOf(schedule({ timeZone: "Europe/Atlantis" }))).toThrow(
      /timeZone: got "Europe\/Atlantis"; allowed: a zone of the IANA database; fix: /,
    );
  });
});

const said = (settings: PagerSettings): string[] => checkPeople(settings, "pager").map(formatProblem);

describe("people", () => {
  it("are somebody: a pager for nobody is refused", () => {
    const settings = pagerSettings();
    expect(said(settings)).toEqual([]);
    expect(said({ ...settings, people: [] }).join()).toMatch(/pager\.people: got nobody; allowed: .*; fix: /);
    expect(said({ ...settings, schedule: schedule({ turns: [] }) })).toEqual([
      expect.stringMatching(/^pager\.schedule\.turns: got nobody; allowed: .*; fix: /),
    ]);
    expect(said({ ...settings, escalation: { ...settings.escalation, then: [] } })).toEqual([
      expect.stringMatching(/^pager\.escalation\.then: got nobody; allowed: .*; fix: /),
    ]);
  });

  it("who are named are listed, once", () => {
    const settings = pagerSettings();
    expect(said({ ...settings, schedule: schedule({ turns: ["third"] }) })).toEqual([
      expect.stringMatching(/^pager\.schedule\.turns\[0\]: got "third"; allowed: .*: first, second; fix: /),
    ]);
    expect(said({ ...settings, people: [...settings.people, ...settings.people] }).join("\n")).toMatch(
      /^pager\.people\[2\]\.id: got "first"; allowed: .*; fix: pager\.people\[0\]\.id has it already/m,
    );
  });

  it("are known by what they do", () => {
    expect(jobTitle("lead-api-security")).toBe("Lead api security");
  });
});

describe("PagerDuty's addresses", () => {
  it("are those of the account's region", () => {
    expect(serviceRegionOf("example.pagerduty.com")).toBe("us");
    expect(serviceRegionOf("example.eu.pagerduty.com")).toBe("eu");
    expect(alarmsEndpoint("example.pagerduty.com", "key")).toBe(
      "https://events.pagerduty.com/integration/key/enqueue",
    );
    expect(alarmsEndpoint("example.eu.pagerduty.com", "key")).toBe(
      "https://events.eu.pagerduty.com/integration/key/enqueue",
    );
  });

  it("are the same region's for alerts and for changes", () => {
    expect(alertEventsUrl("example.pagerduty.com")).toBe("https://events.pagerduty.com/v2/enqueue");
    expect(alertEventsUrl("example.eu.pagerduty.com")).toBe("https://events.eu.pagerduty.com/v2/enqueue");
    expect(changeEventsUrl("example.pagerduty.com")).toBe("https://events.pagerduty.com/v2/change/enqueue");
    expect(changeEventsUrl("example.eu.pagerduty.com")).toBe(
      "https://events.eu.pagerduty.com/v2/change/enqueue",
    );
  });

  it("are not in what functions read: that is the key alone", () => {
    expect(JSON.parse(pagerSecret("key"))).toEqual({ integrationKey: "key" });
  });
});
