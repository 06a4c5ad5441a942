import type { Problem } from "../shared/problem";
import type { TrustSettings } from "../trust/trust.schema";
import { intervalOf, longestLifeHours } from "./schedule";
import type { SecretSettings } from "./secrets.schema";

const HOURS_PER_DAY = 24;
/** An alarm needs two looks beyond its threshold, and the first may come a whole interval after it was passed. */
const LOOKS_TO_PAGE = 3;
const MOST_DAYS = 90;
/** Of the scans' certificate: two rotations of a day each, so that one that fails is not felt. */
export const SCANNER_LIFE_DAYS = 2;

/** How the rotations fit each other, the leaves' lives and the watch over them. */
export function checkRotations({ rotation, watch }: SecretSettings, trust: TrustSettings): Problem[] {
  return [
    ...checkLeaves({ rotation, watch }, trust),
    ...checkScannerLeaf(rotation, trust),
    ...checkOverlaps(rotation),
    ...checkWatch(rotation, watch),
  ];
}

const scheduled = [
  "clientKeys",
  "edgeCertificate",
  "proberCertificates",
  "scannerCertificate",
  "grafanaToken",
] as const;

/** A leaf is replaced before its alarm would ring, or every rotation would page. */
function checkLeaves(
  { rotation, watch }: Pick<SecretSettings, "rotation" | "watch">,
  { leaves }: TrustSettings,
): Problem[] {
  const { lifetimeDays } = leaves.services;
  // The prober is a client, whose certificate's alarm is the clients'.
  const alarmAtRemainingPercent = Math.max(
    leaves.services.alarmAtRemainingPercent,
    leaves.clients.alarmAtRemainingPercent,
  );
  const lifeHours = lifetimeDays * HOURS_PER_DAY;
  const mostHours = Math.floor(lifeHours * (1 - alarmAtRemainingPercent / 100));
  return (["edgeCertificate", "proberCertificates"] as const).flatMap((name): Problem[] => {
    const hours = longestLifeHours(rotation[name]);
    if (hours === undefined) return [];
    // Overdue after a day's grace, paged at the second look: while the leaf still lives.
    const pagedHours = hours + HOURS_PER_DAY + LOOKS_TO_PAGE * watch.everyHours;
    if (pagedHours >= lifeHours) {
      return [
        {
          path: `secrets.rotation.${name}.schedule`,
          got: `${rotation[name].schedule}, whose failure pages after up to ${pagedHours} h`,
          allowed: `less than the ${lifeHours} h that a leaf lives, with a day's grace and ${LOOKS_TO_PAGE} looks of the watch (secrets.watch.everyHours ${watch.everyHours})`,
          fix: "rotate or look more often, or let leaves live longer",
        },
      ];
    }
    // The prober's revoked certificate ends a day before its good one.
    const leastHours = mostHours - (name === "proberCertificates" ? HOURS_PER_DAY : 0);
    if (hours < leastHours) return [];
    return [
      {
        path: `secrets.rotation.${name}.schedule`,
        got: `${rotation[name].schedule}, up to ${hours} h from one to the next`,
        allowed: `less than ${leastHours} h: trust.leaves.services.lifetimeDays ${lifetimeDays} less the last ${alarmAtRemainingPercent} %, which page`,
        fix: "rotate more often, or let leaves live longer",
      },
    ];
  });
}

/**
 * The scans' leaf is a client's and its alarm the clients'. That it is overdue is told after it has ended, so the alarm and the scans,
 * which then fail, tell it first.
 */
function checkScannerLeaf(rotation: SecretSettings["rotation"], { leaves }: TrustSettings): Problem[] {
  const { alarmAtRemainingPercent } = leaves.clients;
  const mostHours = Math.floor(SCANNER_LIFE_DAYS * HOURS_PER_DAY * (1 - alarmAtRemainingPercent / 100));
  const { schedule } = rotation.scannerCertificate;
  const hours = longestLifeHours(rotation.scannerCertificate);
  if (hours === undefined || hours < mostHours) return [];
  return [
    {
      path: "secrets.rotation.scannerCertificate.schedule",
      got: `${schedule}, up to ${hours} h from one to the next`,
      allowed: `less than ${mostHours} h: the ${SCANNER_LIFE_DAYS} days that it lives less the last ${alarmAtRemainingPercent} %, which page`,
      fix: "rotate more often",
    },
  ];
}

/** What is replaced twice within an overlap would be taken away early, or keep three values alive. */
function checkOverlaps(rotation: SecretSettings["rotation"]): Problem[] {
  const { clientKeys, grafanaToken, stageCertificate } = rotation;
  const overlaps = [
    { name: "clientKeys", overlapDays: clientKeys.overlapDays, interval: intervalOf(clientKeys.schedule) },
    {
      name: "grafanaToken",
      overlapDays: grafanaToken.overlapDays,
      interval: intervalOf(grafanaToken.schedule),
    },
    {
      name: "stageCertificate",
      overlapDays: stageCertificate.overlapDays,
      interval: { shortestHours: stageCertificate.everyDays * HOURS_PER_DAY },
    },
  ];
  return overlaps.flatMap(({ name, overlapDays, interval }) => {
    if (interval === undefined || overlapDays * HOURS_PER_DAY < interval.shortestHours) return [];
    return [
      {
        path: `secrets.rotation.${name}.overlapDays`,
        got: `${overlapDays} days`,
        allowed: `less than the ${interval.shortestHours / HOURS_PER_DAY} days from one rotation to the next`,
        fix: "shorten the overlap: the old value is gone before the next one comes",
      },
    ];
  });
}

/** A secret pages when its rotation failed, not while it waits for it. */
function checkWatch(rotation: SecretSettings["rotation"], watch: SecretSettings["watch"]): Problem[] {
  const lives = scheduled.flatMap((name) => {
    const hours = longestLifeHours(rotation[name]);
    return hours === undefined ? [] : [{ name, days: hours / HOURS_PER_DAY }];
  });
  const pagedDays = watch.staleAfterDays + (LOOKS_TO_PAGE * watch.everyHours) / HOURS_PER_DAY;
  if (pagedDays >= MOST_DAYS) {
    return [
      {
        path: "secrets.watch.staleAfterDays",
        got: `${watch.staleAfterDays} days, which page after up to ${pagedDays} with a look every ${watch.everyHours} h`,
        allowed: `less than ${MOST_DAYS} days with ${LOOKS_TO_PAGE} looks`,
        fix: "page earlier, or look more often",
      },
    ];
  }
  const late = lives.filter(({ days }) => days >= watch.staleAfterDays);
  return late.map(({ name, days }) => ({
    path: "secrets.watch.staleAfterDays",
    got: `${watch.staleAfterDays} days`,
    allowed: `more than ${Math.ceil(days * 10) / 10} days, the longest that secrets.rotation.${name} leaves a value`,
    fix: "rotate more often, or page later but before 90 days",
  }));
}
