const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const time = "(\\d{2}):(\\d{2}):(\\d{2})";
const month = `(${months.join("|")})`;

// The three forms that a recipient must read: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
const imfFixdate = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d{2}) ${month} (\\d{4}) ${time} GMT$`);
const rfc850 = new RegExp(
  `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d{2})-${month}-(\\d{2}) ${time} GMT$`,
);
const asctime = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} ([ \\d]\\d) ${time} (\\d{4})$`);

/**
 * How long a `Retry-After` asks to wait, in milliseconds; 0 for a date that has passed, `undefined` for anything
 * that is neither seconds nor an HTTP date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  const dateMs = parseHttpDate(text, nowMs);
  return dateMs === undefined ? undefined : Math.max(0, dateMs - nowMs);
}

function parseHttpDate(text: string, nowMs: number): number | undefined {
  const fixed = imfFixdate.exec(text);
  if (fixed) {
    const [, day, name, year, ...clock] = fixed;
    return utcMs(Number(year), name, day, clock);
  }
  const old = rfc850.exec(text);
  if (old) {
    const [, day, name, shortYear, ...clock] = old;
    return utcMs(fullYear(Number(shortYear), nowMs), name, day, clock);
  }
  const c = asctime.exec(text);
  if (c) {
    const [, name, day, hour, minute, second, year] = c;
    return utcMs(Number(year), name, day, [hour ?? "", minute ?? "", second ?? ""]);
  }
  return undefined;
}

/** Two digits more than 50 years ahead are of the past century (RFC 9110, section 5.6.7). */
function fullYear(shortYear: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + shortYear;
  return year > thisYear + 50 ? year - 100 : year;
}

function utcMs(
  year: number,
  name: string | undefined,
  day: string | undefined,
  clock: string[],
): number | undefined {
  const [hour, minute, second] = clock.map(Number);
  const date = Date.UTC(year, months.indexOf(name ?? ""), Number(day), hour, minute, second);
  // Date.UTC rolls 31 February over to March; such a date is no date. A leap second may roll.
  if (new Date(date - (second === 60 ? 1000 : 0)).getUTCDate() !== Number(day)) return undefined;
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 ? date : undefined;
}
