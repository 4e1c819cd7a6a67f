/**
 * Intervals between two ends, and targets on them: the arithmetic of the clinical reference, section 2.1.
 * Twin of timeline/core/intervals.py. All of it is on integer milliseconds. Missing is missing, never zero.
 */

import { spells } from "./episodes.js";
import { first } from "./picks.js";

/** @import { End, Ends } from "./ends.js" */
/** @import { ConditionJson, IntervalJson, OutcomeJson, Protocol, TargetJson } from "./protocol.js" */

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
function minutesJson(span) {
  return span === null ? null : minutesOf(span);
}

/**
 * @param {string} status
 * @param {[string, string]} ends
 * @param {string} reason
 * @returns {Span}
 */
function without(status, ends, reason) {
  return { status, ends, point: null, low: null, high: null, flags: [], reason, coarse: false };
}

/**
 * The interval of a code at a moment.
 * @param {IntervalJson} interval
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
 * @param {IntervalJson} interval
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
 * `end` null: the interval is running, and its end is `now` exactly.
 * @param {IntervalJson} interval
 * @param {End} start
 * @param {End | null} end
 * @param {Ends} ends
 * @param {number} now
 * @returns {Span}
 */
function subtract(interval, start, end, ends, now) {
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
  const less = interval.less === "rosc_spells" ? circulation(aPoint, bPoint, ends) : 0;
  const point = bPoint - aPoint - less;
  const low = bLow - aHigh - less;
  const high = bHigh - aLow - less;
  /** @type {[string, string]} */
  const names = [start.kind, end === null ? (interval.to.kinds[0] ?? "") : end.kind];
  if (high < 0 && !interval.signed) return without("inconsistent", names, `${names[1]} is before ${names[0]}`);
  const flags = [];
  if (start.estimated || end?.estimated) flags.push("estimated");
  if (end !== null && ((low <= 0 && 0 <= high && low < high) || (coarse && low === 0 && high === 0))) {
    flags.push("order_unknown");
  }
  if (start.corrected || end?.corrected) flags.push("corrected_clock");
  return { status: end === null ? "running" : "known", ends: names, point, low, high, flags, reason: null, coarse };
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

/**
 * Every interval and every target of the protocol.
 * @param {Protocol} protocol
 * @param {Ends} ends
 * @param {Moment} moment
 */
export function intervalsAndTargets(protocol, ends, moment) {
  /** @type {{ [key: string]: IntervalReading }} */
  const intervals = {};
  /** @type {{ [key: string]: TargetReading }} */
  const targets = {};
  for (const [key, interval] of Object.entries(protocol.raw.intervals)) {
    const span = measure(interval, ends, moment);
    const target = protocol.targets.get(key);
    if (target) {
      const [result, by] = judge(span, target);
      targets[key] = {
        label: target.label,
        limit_minutes: target.limit_minutes,
        result,
        by_minutes: minutesJson(by),
        source: target.source,
      };
    }
    intervals[key] = {
      label: interval.label,
      minutes: minutesJson(span.point),
      low: minutesJson(span.low),
      high: minutesJson(span.high),
      status: span.status,
      flags: span.flags,
      reason: span.reason,
      ends: span.ends,
    };
  }
  return { intervals, targets };
}
