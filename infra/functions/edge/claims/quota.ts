import {
  absent,
  all,
  any,
  holds,
  is,
  not,
  parameter,
  type Condition,
  type Item,
  type UpdateWrite,
} from "../../store/store";

/** A client's month, by UTC. */
export interface Month {
  /** e.g. `2026-11` */
  readonly name: string;
  /** The first instant of the next month, when the count begins again. */
  readonly resetMs: number;
}

/** A month's name takes longer to make than the rest of an increment, and is asked for with each. */
let latest = { startMs: 0, month: { name: "", resetMs: 0 } };

export function monthOf(nowMs: number): Month {
  if (nowMs < latest.startMs || nowMs >= latest.month.resetMs) {
    const now = new Date(nowMs);
    const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
    latest = {
      startMs: Date.UTC(year, month),
      month: { name: now.toISOString().slice(0, 7), resetMs: Date.UTC(year, month + 1) },
    };
  }
  return latest.month;
}

const tokenLength = 12;
/** Places in the ring for the time that a token is kept. */
const keptPlaces = 2;
const ringSize = 2 * (keptPlaces + 1);
/** Months are kept for a year's reports. */
const retentionMs = 400 * 86_400_000;

/**
 * One atomic increment of a client's month, refused at the quota.
 *
 * A repeat of it (the SDK repeats after a lost answer) must not count twice, so the item remembers who was counted of
 * late: a ring of six places for sets of tokens, each for half of `evidenceMs` by the clock of its writer. An increment
 * puts its token in the set of its time and drops what stands three places on, which is three places back, too. A token is
 * thus dropped at the earliest one whole `evidenceMs` after it came; a repeat, which drops what its first sending would
 * have dropped, and comes within `evidenceMs`, never drops a set in use. Halves, since the set is sent back with the count.
 *
 * Each place has two names, of which the time's number chooses one as if by lot, and the increment drops the other. With
 * one name a client that asks once a turn of the ring would come to the same set each time, and nobody would drop it.
 *
 * @throws RangeError for a quota that is no whole number from 1, or a time before 1970
 */
export function countWrite(
  table: string,
  clientId: string,
  token: string,
  quota: number,
  nowMs: number,
  evidenceMs: number,
): UpdateWrite {
  if (!Number.isSafeInteger(quota) || quota < 1)
    throw new RangeError(
      `quota: ${quota} requests a month; allowed: a whole number from 1; fix the client's settings`,
    );
  const month = monthOf(nowMs);
  const { own, over, isNewWithin } = setsAt(nowMs, evidenceMs);
  return {
    kind: "update",
    table,
    id: counterOf(clientId, month),
    set: { expiresAtSeconds: Math.ceil((month.resetMs + retentionMs) / 1000) },
    add: { count: 1, [own]: new Set([shortToken(token)]) },
    remove: over,
    // How much is left is said with the answer.
    returnsUpdated: true,
    condition: isNewWithin,
    parameters: { quota, token: shortToken(token) },
  };
}

/**
 * Takes one increment back, whose request was never sent: in the month where it was counted, whatever month it is by now.
 * A repeat of it is known as an increment's is, by a token of its own in the same ring.
 *
 * @param resetMs the end of that month, as the increment's admission says
 * @throws RangeError for a time before 1970
 */
export function uncountWrite(
  table: string,
  clientId: string,
  token: string,
  resetMs: number,
  nowMs: number,
  evidenceMs: number,
): UpdateWrite {
  const { own, over, isNew } = setsAt(nowMs, evidenceMs);
  const backToken = backTokenOf(token);
  return {
    kind: "update",
    table,
    id: counterOf(clientId, monthOf(resetMs - 1)),
    add: { count: -1, [own]: new Set([backToken]) },
    remove: over,
    returnsUpdated: true,
    condition: isNew,
    parameters: { token: backToken },
  };
}

const counterOf = (clientId: string, month: Month): string => `quota#${clientId}#${month.name}`;

/** Whether a refused increment was refused because it had been counted before. */
export function wasCounted(old: Item | undefined, token: string, nowMs: number, evidenceMs: number): boolean {
  const seen = old?.[setsAt(nowMs, evidenceMs).own];
  return seen instanceof Set && seen.has(shortToken(token));
}

export const countOf = (item: Item | undefined): number =>
  typeof item?.["count"] === "number" ? item["count"] : 0;

/** Attributes for one time of the ring, and what an increment at that time asks for. */
interface Sets {
  readonly own: string;
  /** Those that nobody needs any more. */
  readonly over: readonly string[];
  /** The write's token is not in `own`. */
  readonly isNew: Condition;
  /** Nor is the quota reached. */
  readonly isNewWithin: Condition;
}

const setsOf = (place: number, name: "a" | "b"): Sets => {
  const [own, other] = [`seen${place}${name}`, `seen${place}${name === "a" ? "b" : "a"}`];
  const across = (place + keptPlaces + 1) % ringSize;
  const isNew = not(holds(own, parameter("token")));
  return {
    own,
    over: [other, `seen${across}a`, `seen${across}b`],
    isNew,
    isNewWithin: all(any(absent("count"), is("count", "<", parameter("quota"))), isNew),
  };
};
const ring = Array.from({ length: ringSize }, (_, place) => ({
  a: setsOf(place, "a"),
  b: setsOf(place, "b"),
}));

function setsAt(nowMs: number, evidenceMs: number): Sets {
  const time = Math.floor((nowMs * keptPlaces) / evidenceMs);
  const place = ring[time % ringSize];
  if (place === undefined)
    throw new RangeError(`now: ${nowMs} ms; allowed: a time since 1970; fix the clock`);
  return isOdd(mixed(time)) ? place.a : place.b;
}

/**
 * MurmurHash3's finalizer: every bit of the number moves every bit of the result, so that no step through the numbers
 * meets the same last bit again and again.
 *
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

const isOdd = (value: number): boolean => (value & 1) === 1;

/** 72 random bits are enough among the tokens of some seconds. */
const shortToken = (token: string): string => token.slice(0, tokenLength);

/** No increment's: their alphabet, base64url's, has no such character. */
const backTokenOf = (token: string): string => `~${token.slice(0, tokenLength - 1)}`;

/**
 * The most increments a second that one counter carries: DynamoDB writes 1,000 units of 1 KB a second to one item, and
 * the item holds the tokens of up to two and a half `evidenceMs` (five sets live at once); three leave room for old ones.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export function maxCountsPerSecond(evidenceMs: number): number {
  const carried = (ratePerSecond: number): boolean => {
    const bytes = 200 + ((ratePerSecond * 3 * evidenceMs) / 1000) * (tokenLength + 1);
    return ratePerSecond * Math.ceil(bytes / 1024) <= 1000;
  };
  let rate = 1;
  while (carried(rate + 1)) rate += 1;
  return rate;
}
