// Times of day in the site's zone, whatever the device is set to. All arithmetic stays on UTC milliseconds.

const DAY_MS = 86_400_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} zone IANA name
 * @returns {Intl.DateTimeFormat}
 */
function formatOf(zone) {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

/**
 * How far a zone's clocks are ahead of UTC: when each offset began, and it, in ms; good until `until`.
 * @typedef {{until: number, offsets: [number, number][]}} ZoneOffsets
 */

/** @type {Map<string, ZoneOffsets>} */
const known = new Map();

/**
 * Be told a zone in numbers. Looking one up makes a browser load its whole calendar, which takes a slow tablet a
 * quarter of a second; times outside what was told are looked up all the same.
 * @param {string} zone
 * @param {ZoneOffsets} told
 */
export function knowOffsets(zone, told) {
  known.set(zone, told);
}

/**
 * @param {number} at UTC ms
 * @param {string} zone
 * @returns {number | null} local minus UTC, in ms
 */
function knownOffset(at, zone) {
  const told = known.get(zone);
  if (told === undefined || at >= told.until) return null;
  return told.offsets.filter(([since]) => since <= at).at(-1)?.[1] ?? null;
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * @param {number} at UTC ms
 * @param {string} zone
 * @returns {Record<string, string>}
 */
function parts(at, zone) {
  const offset = knownOffset(at, zone);
  if (offset !== null) {
    const local = new Date(at + offset);
    return {
      year: String(local.getUTCFullYear()),
      month: two(local.getUTCMonth() + 1),
      day: two(local.getUTCDate()),
      hour: two(local.getUTCHours()),
      minute: two(local.getUTCMinutes()),
      second: two(local.getUTCSeconds()),
    };
  }
  return Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
}

/**
 * The time of day, as "10:02" or "10:02:14".
 * @param {number} at UTC ms
 * @param {string} zone
 * @param {boolean} [seconds]
 * @returns {string}
 */
export function timeOfDay(at, zone, seconds = false) {
  const { hour, minute, second } = parts(at, zone);
  return seconds ? `${hour}:${minute}:${second}` : `${hour}:${minute}`;
}

/**
 * Read a typed time: "9:05", "0905", "090530", "09:05:30".
 * @param {string} text
 * @returns {{hour: number, minute: number, second: number, precision: "minute" | "second"} | null}
 */
export function readTime(text) {
  const match = /^\s*(\d{1,2}?)[:.\s]?(\d{2})(?:[:.\s]?(\d{2}))?\s*$/.exec(text);
  if (match === null) return null;
  const hour = Number(match[1]);
  const minute = Number(match[2]);
  const second = match[3] === undefined ? 0 : Number(match[3]);
  if (hour > 23 || minute > 59 || second > 59) return null;
  return { hour, minute, second, precision: match[3] === undefined ? "minute" : "second" };
}

/**
 * The instants at which the site's clocks show a time of day, nearest to `now` and not after it by more than a minute:
 * after midnight "23:58" is yesterday. Two in the hour that an autumn night repeats, none in the hour that a spring
 * night leaves out.
 * @param {{hour: number, minute: number, second: number}} time
 * @param {string} zone
 * @param {number} now UTC ms
 * @returns {number[]} UTC ms, earliest first
 */
export function instantsOf(time, zone, now) {
  const limit = now + 60_000;
  const wanted = [time.hour, time.minute, time.second].map((part) => String(part).padStart(2, "0")).join(":");
  /** @type {Map<string, number[]>} by local date */
  const found = new Map();
  for (const day of [0, -1]) {
    const { year, month, day: date } = parts(now + day * DAY_MS, zone);
    const naive = Date.UTC(Number(year), Number(month) - 1, Number(date), time.hour, time.minute, time.second);
    // Zones stand at most 14 h from UTC and move in quarter hours: look at the offsets in force around that day.
    const offsets = new Set([naive - DAY_MS, naive, naive + DAY_MS].map((at) => offsetAt(at, zone)));
    for (const offset of offsets) {
      const at = naive - offset;
      if (at > limit || timeOfDay(at, zone, true) !== wanted || offsetAt(at, zone) !== offset) continue;
      const key = `${year}-${month}-${date}`;
      found.set(key, [...(found.get(key) ?? []), at]);
    }
    if (found.size > 0) break;
  }
  return [...found.values()].flat().sort((a, b) => a - b);
}

/**
 * @param {number} at UTC ms
 * @param {string} zone
 * @returns {number} local minus UTC, in ms
 */
function offsetAt(at, zone) {
  const { year, month, day, hour, minute, second } = parts(at, zone);
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return local - Math.floor(at / 1000) * 1000;
}

/**
 * How far the site's clocks are ahead of UTC, as "UTC+2" or "UTC-3:30": what tells the two hours of an autumn night apart.
 * @param {number} at UTC ms
 * @param {string} zone
 * @returns {string}
 */
export function aheadOfUtc(at, zone) {
  const minutes = offsetAt(at, zone) / 60_000;
  const size = Math.abs(minutes);
  const rest = size % 60;
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(size / 60)}${rest === 0 ? "" : `:${two(rest)}`}`;
}
