/**
 * Intervals between two ends, and targets on them: the arithmetic of the clinical reference, section 2.1.
 * Twin of timeline/core/intervals.py. All of it is on integer milliseconds. Missing is missing, never zero.
 */

import { spells } from "./episodes.js";
import { first } from "./picks.js";

/** @import { End, Ends } from "./ends.js" */
/** @import { BetweenJson, ConditionJson, OutcomeJson, TargetJson } from "./protocol.js" */

/**
 * @typedef {object} Span  An interval's result in milliseconds.
 * @property {string} status
 * @property {[string, string]} ends
 * @property {number | null} point
 * @property {number | null} low
 * @property {number | null} high
 * @property {string[]} flags
 * @property {string | null} reason
 * @property {boolean} coarse
 * @property {number} [share]  Of a fraction: what part of the whole it is, 0 to 1.
 *
 * @typedef {{ point: number, low: number, high: number, coarse: boolean }} Difference
 *
 * @typedef {{ now: number, closed: boolean, outcome: OutcomeJson | null }} Moment
 *
 * @typedef {object} IntervalReading
 * @property {string} label
 * @property {number | null} minutes
 * @property {number | null} low
 * @property {number | null} high
 * @property {string} status
 * @property {string[]} flags
 * @property {string | null} reason
 * @property {[string, string]} ends
 * @property {number} [share]
 *
 * @typedef {object} TargetReading
 * @property {string} label
 * @property {number} limit_minutes
 * @property {string} result
 * @property {number | null} by_minutes
 * @property {string} source
 */

export const MINUTE = 60_000;

/**
 * Milliseconds as minutes, to four decimals; halves are rounded up, in both languages alike.
 * @param {number} span
 */
export function minutesOf(span) {
  return Math.floor((span + 3) / 6) / 10_000;
}

/** @param {number | null} span */
export function minutesJson(span) {
  return span === null ? null : minutesOf(span);
}

/**
 * @param {string} status
 * @param {[string, string]} ends
 * @param {string | null} reason
 * @returns {Span}
 */
export function without(status, ends, reason) {
  return { status, ends, point: null, low: null, high: null, flags: [], reason, coarse: false };
}

/**
 * The interval of a code at a moment.
 * @param {BetweenJson} interval
 * @param {Ends} ends
 * @param {Moment} moment
 * @returns {Span}
 */
export function measure(interval, ends, moment) {
  const start = ends.find(interval.from);
  const end = ends.find(interval.to);
  /** @type {[string, string]} */
  const names = [start.kind, end.kind];
  const reason = notApplicable(interval, start, end, ends, moment);
  if (reason !== null) return without("not_applicable", names, reason);
  for (const known of [start, end]) {
    if (known.at === null && known.nullReason !== null) return without("missing", names, known.nullReason);
  }
  if (start.at === null) return without("missing", names, moment.closed ? "not_documented" : "not recorded yet");
  if (end.at === null && moment.closed) return without("missing", names, "not_documented");
  return subtract(interval, start, end.at === null ? null : end, ends, moment.now);
}

/**
 * @param {BetweenJson} interval
 * @param {End} start
 * @param {End} end
 * @param {Ends} ends
 * @param {Moment} moment
 * @returns {string | null}
 */
function notApplicable(interval, start, end, ends, moment) {
  const outcome = moment.closed ? moment.outcome : null;
  if (outcome?.excludes.includes("*")) return outcome.key;
  if (start.nullReason === "not_applicable" || end.nullReason === "not_applicable") return "not_applicable";
  if (interval.only_when && !firstIs(interval.only_when, ends, true)) {
    return `the first ${interval.only_when.kind} rules it out`;
  }
  const open = [];
  if (start.at === null) open.push(interval.from);
  if (end.at === null) open.push(interval.to);
  if (open.length === 0) return null;
  if (outcome && open.some((selector) => selector.kinds.every((kind) => outcome.excludes.includes(kind)))) {
    return `the outcome is ${outcome.key}`;
  }
  if (interval.not_when && firstIs(interval.not_when, ends, false)) {
    return `the ${interval.not_when.kind} rules it out`;
  }
  const unless = interval.unless ?? [];
  if (end.at === null && unless.some((kind) => ends.picks.effective(kind) !== null)) {
    return `${unless[0]} came instead`;
  }
  return null;
}

/**
 * @param {ConditionJson} condition
 * @param {Ends} ends
 * @param {boolean} whenAbsent
 */
function firstIs(condition, ends, whenAbsent) {
  const chosen = first(ends.picks.candidates(condition.kind, "all"));
  if (chosen === null || typeof chosen.value !== "string" || chosen.value === "") return whenAbsent;
  return condition.values.includes(chosen.value);
}

/**
 * `end` null: the interval is running.
 * @param {BetweenJson} interval
 * @param {End} start
 * @param {End | null} end
 * @param {Ends} ends
 * @param {number} now
 * @returns {Span}
 */
function subtract(interval, start, end, ends, now) {
  let found = difference(start, end, now);
  if (interval.less === "rosc_spells") {
    const since = found.coarse && end !== null ? cut(start.at ?? 0) : (start.at ?? 0);
    const less = circulation(since, since + found.point, ends);
    found = { ...found, point: found.point - less, low: found.low - less, high: found.high - less };
  }
  /** @type {[string, string]} */
  const names = [start.kind, end === null ? (interval.to.kinds[0] ?? "") : end.kind];
  if (found.high < 0 && !interval.signed) return without("inconsistent", names, `${names[1]} is before ${names[0]}`);
  const status = end === null ? "running" : "known";
  return { status, ends: names, ...found, flags: flagsOf(start, end, found), reason: null };
}

/**
 * `end` less `start`, both timed; without an end, up to `now` exactly.
 * @param {End} start
 * @param {End | null} end
 * @param {number} now
 * @returns {Difference}
 */
export function difference(start, end, now) {
  const coarse = start.coarse || (end?.coarse ?? false);
  let a = [start.at ?? 0, start.low, start.high];
  let b = end === null ? [now, now, now] : [end.at ?? 0, end.low, end.high];
  if (coarse && end !== null) {
    // Mixed precision: both ends are cut to the minute, or 10:02 to 11:02:30 would read 60:30.
    a = a.map(cut);
    b = b.map(cut);
  }
  const [aPoint = 0, aLow = 0, aHigh = 0] = a;
  const [bPoint = 0, bLow = 0, bHigh = 0] = b;
  return { point: bPoint - aPoint, low: bLow - aHigh, high: bHigh - aLow, coarse };
}

/**
 * What has to be said beside a difference.
 * @param {End} start
 * @param {End | null} end
 * @param {Difference} found
 */
export function flagsOf(start, end, { low, high, coarse }) {
  const flags = [];
  if (start.estimated || end?.estimated) flags.push("estimated");
  if (end !== null && ((low <= 0 && 0 <= high && low < high) || (coarse && low === 0 && high === 0))) {
    flags.push("order_unknown");
  }
  if (start.corrected || end?.corrected) flags.push("corrected_clock");
  return flags;
}

/**
 * Milliseconds with circulation between two times.
 * @param {number} start
 * @param {number} end
 * @param {Ends} ends
 */
function circulation(start, end, ends) {
  let total = 0;
  for (const [since, until] of spells(ends.picks.course, end)) {
    total += Math.max(0, Math.min(until, end) - Math.max(since, start));
  }
  return total;
}

/** @param {number} at */
function cut(at) {
  return Math.floor(at / MINUTE) * MINUTE;
}

/**
 * A target's result on an interval, and by how many milliseconds it was met or missed; sets `within_rounding`.
 * The point value decides and equality is met, unless an estimated end leaves both answers possible.
 * @param {Span} span
 * @param {TargetJson} target
 * @returns {[string, number | null]}
 */
export function judge(span, target) {
  if (span.status === "inconsistent") return ["missing", null];
  if (span.status !== "known" || span.point === null || span.low === null || span.high === null) {
    return [span.status, null];
  }
  const limit = target.limit_minutes * MINUTE;
  if (span.low <= limit && limit < span.high) return ["indeterminate", null];
  if (span.coarse && span.low - MINUTE < limit && limit < span.high + MINUTE) span.flags.push("within_rounding");
  return [span.point <= limit ? "met" : "missed", Math.abs(limit - span.point)];
}
