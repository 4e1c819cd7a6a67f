/**
 * The reading with every interval and target of the protocol and every outcome: what debrief, audit and exports show, and the board
 * does not, so that tablets load neither this nor the arithmetic behind it. Twin of timeline/core/figures.py.
 */

import { measures } from "./compressions.js";
import { Ends } from "./ends.js";
import { judge, measure, minutesJson } from "./intervals.js";
import { outcomesOf } from "./outcomes.js";
import { read } from "./reading.js";
import { tips65 } from "./tips65.js";

/** @import { IntervalReading, Moment, Span, TargetReading } from "./intervals.js" */
/** @import { Picks } from "./picks.js" */
/** @import { Protocol, ProtocolJson } from "./protocol.js" */
/** @import { Reading } from "./reading.js" */
/** @import { EntryJson } from "./records.js" */

/**
 * Everything the core derives from a code's entries at `now` (UTC ms).
 * @param {Iterable<EntryJson>} entries
 * @param {ProtocolJson} protocol
 * @param {number} now
 * @returns {Reading}
 */
export function readAll(entries, protocol, now) {
  return read(entries, protocol, now, intervalsAndTargets);
}

/**
 * The intervals and the targets, each by its key, in the protocol's order, and the outcomes.
 * @param {Protocol} protocol
 * @param {Picks} picks
 * @param {Moment} moment
 */
function intervalsAndTargets(protocol, picks, moment) {
  /** @type {{ [key: string]: IntervalReading }} */
  const intervals = {};
  /** @type {{ [key: string]: TargetReading }} */
  const targets = {};
  const ends = new Ends(picks);
  const all = Object.entries(protocol.raw.intervals);
  const spans = new Map(all.flatMap(([key, each]) => ("to" in each ? [[key, measure(each, ends, moment)]] : [])));
  const measured = measures(picks, moment, spans.get("no_flow"));
  for (const [key, { label }] of all) {
    const span = /** @type {Span} */ (spans.get(key) ?? measured[key]);
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
      label,
      minutes: minutesJson(span.point),
      low: minutesJson(span.low),
      high: minutesJson(span.high),
      status: span.status,
      flags: span.flags,
      reason: span.reason,
      ends: span.ends,
      ...(span.share === undefined ? {} : { share: span.share }),
    };
  }
  const outcomes = outcomesOf(picks.standing, protocol);
  return { intervals, targets, outcomes, tips65: tips65(picks, intervals.call_to_door, outcomes) };
}
