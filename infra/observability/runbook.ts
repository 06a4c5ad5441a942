import type { AlertName } from "./alerts/alertNames";

/** Alarms of CloudWatch that people are woken by though Grafana is silent; each has its section as well. */
export const alarmSections = ["GrafanaSilent", "AlarmsLost", "PageAlarmsLost"] as const;
export type AlarmSection = (typeof alarmSections)[number];

/** The anchor of a section of docs/runbook.md: GitHub's of a heading that is one word. */
export const runbookAnchor = (section: AlertName | AlarmSection): string => section.toLowerCase();

/** Where the section can be read. */
export const runbookSection = (runbookUrl: string, section: AlertName | AlarmSection): string =>
  `${runbookUrl}#${runbookAnchor(section)}`;
