import type { Announcement } from "./announcements";

export interface Place {
  readonly namePrefix: string;
  readonly dashboardUrl: string;
}

/** One line for people. */
function summaryOf(announcement: Announcement, { namePrefix }: Place): string {
  if (announcement.kind === "deployment")
    return `Deployment of ${namePrefix}, ${announcement.digest.slice(0, 12)}`;
  const { functionName, secret } = announcement;
  // The stage's certificate has no secret, and its function says "done" when it removes an old one as well.
  return secret === undefined
    ? `Rotation on ${namePrefix}: ${functionName} has finished`
    : `Rotation on ${namePrefix}: ${secret} has a new value`;
}

const timeOf = (announcement: Announcement, nowMs: number): number =>
  announcement.kind === "rotation" ? announcement.atMs : nowMs;

/**
 * PagerDuty's change event. It wakes nobody, has no dedup key, and stands beside the incidents of its time.
 * https://developer.pagerduty.com/docs/send-change-event
 */
export function changeEvent(announcement: Announcement, place: Place, routingKey: string, nowMs: number) {
  const { kind } = announcement;
  return {
    routing_key: routingKey,
    payload: {
      summary: summaryOf(announcement, place),
      source: place.namePrefix,
      timestamp: new Date(timeOf(announcement, nowMs)).toISOString(),
      custom_details: {
        kind,
        ...(kind === "deployment"
          ? { digest: announcement.digest }
          : {
              function: announcement.functionName,
              ...(announcement.secret === undefined ? {} : { secret: announcement.secret }),
              ...(announcement.version === undefined ? {} : { version: announcement.version }),
            }),
      },
    },
    links: [{ href: place.dashboardUrl, text: "Dashboard" }],
  };
}

/** Grafana's annotation, which dashboards find by its tags. https://grafana.com/docs/grafana/latest/developers/http_api/annotations/ */
export const annotation = (announcement: Announcement, place: Place, nowMs: number) => ({
  time: timeOf(announcement, nowMs),
  tags: [place.namePrefix, announcement.kind],
  text: summaryOf(announcement, place),
});
