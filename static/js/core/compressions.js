/**
 * What the compressions come to: total CPR, no-flow in all, compression fraction, pauses, adrenaline gaps.
 * Twin of timeline/core/compressions.py, which says where each rule comes from. Pauses count from the pause log alone.
 */

import { endOf } from "./ends.js";
import { difference, flagsOf, without } from "./intervals.js";
import { cannulationSince, FLOW, flowAt, pausesOf } from "./pauses.js";
import { first } from "./picks.js";
import { timed } from "./standing.js";

/** @import { End } from "./ends.js" */
/** @import { Moment, Span } from "./intervals.js" */
/** @import { Pause } from "./pauses.js" */
/** @import { Picks } from "./picks.js" */
/** @import { Fact } from "./standing.js" */
/** @import { Episode } from "./episodes.js" */

/**
 * @typedef {{ start: End, end: End | null }} Spell  Compressions from a first one to what ended the need for them.
 */

/** @type {[string, string]} */
const PAUSE = ["compression_pause_start", "compression_pause_end"];
/** @type {[string, string]} */
const CPR = ["cpr_start", "flow_on"];
/** What compressions begin with. The first compression by a lay person is the start of CPR (clinical reference, 1.2). */
const STARTS = ["cpr_start", "bystander_cpr_start"];
/** @type {[string, string]} */
const DOSES = ["drug", "drug"];
/** @type {Record<string, string>} */
const LEFT_OUT = { incomplete: "lacks its start or its end", imprecise: "is not timed to the second" };

/**
 * Every measure by its key.
 * @param {Picks} picks
 * @param {Moment} moment
 * @param {Span | undefined} noFlow the interval of that name
 * @returns {{ [key: string]: Span }}
 */
export function measures(picks, moment, noFlow) {
  const outcome = moment.closed ? moment.outcome : null;
  const flow = flowAt(picks);
  const pauses = pausesOf(picks, moment.closed ? null : moment.now).filter((pause) => flow === null || pause.at < flow);
  const found = spellsOf(picks, moment);
  const spells = Array.isArray(found) ? found : [];
  const total = Array.isArray(found) ? totalOf(found, moment.now) : found;
  const since = cannulationSince(picks);
  const late = since === null ? [] : pauses.filter((pause) => pause.at >= since);
  const bare = since === null ? noCannulation(moment) : null;
  /** @type {{ [key: string]: Span }} */
  const all = {
    total_cpr: total,
    no_flow_total: noFlowTotal(noFlow, total, spells, pauses, moment.now),
    compression_fraction: fraction(total, spells, pauses, moment.now),
    longest_pause: longest(pauses),
    cannulation_pauses: bare ?? sum(late),
    longest_cannulation_pause: bare ?? longest(late),
    adrenaline_interval: adrenaline(picks),
  };
  if (!outcome?.excludes.includes("*")) return all;
  return Object.fromEntries(Object.keys(all).map((key) => [key, without("not_applicable", PAUSE, outcome.key)]));
}

/** @param {Moment} moment */
function noCannulation(moment) {
  const outcome = moment.closed ? moment.outcome : null;
  if (outcome?.excludes.includes("cannulation_start")) {
    return without("not_applicable", PAUSE, `the outcome is ${outcome.key}`);
  }
  return without("missing", PAUSE, absent(moment));
}

/** @param {Moment} moment */
function absent(moment) {
  return moment.closed ? "not_documented" : "not recorded yet";
}

/**
 * One spell for each episode that needed compressions, or why they are not known.
 * @param {Picks} picks
 * @param {Moment} moment
 * @returns {Spell[] | Span}
 */
function spellsOf(picks, moment) {
  const flow = flowAt(picks);
  /** @type {Spell[]} */
  const found = [];
  for (const episode of picks.course.episodes) {
    const begin = startOf(picks, episode.n);
    if (begin === null) {
      // The circuit carried the circulation already when the heart stopped again.
      if (episode.opener !== null && flow !== null && flow <= episode.opener.time) continue;
      const reason = episode.n === 1 ? absent(moment) : `cpr_start of episode ${episode.n} not documented`;
      return without("missing", CPR, reason);
    }
    const stop = stopOf(episode, begin, picks);
    if (stop === null && (moment.closed || episode !== picks.course.last)) {
      return without("missing", CPR, "not_documented");
    }
    found.push({ start: endOf(begin.kind, begin), end: stop && endOf(stop.kind, stop) });
  }
  return found;
}

/**
 * The start of CPR in an episode, else that by a bystander.
 * @param {Picks} picks
 * @param {number} episode
 */
function startOf(picks, episode) {
  for (const kind of STARTS) {
    const begun = picks.candidates(kind, "all").filter((fact) => fact.episode === episode);
    const start = picks.pick(kind, begun);
    if (start !== null) return start;
  }
  return null;
}

/**
 * First ROSC of any length, flow, or the end of efforts, whichever came first.
 * @param {Episode} episode
 * @param {Fact} begin
 * @param {Picks} picks
 */
function stopOf(episode, begin, picks) {
  const stops = [...FLOW, "efforts_stopped", "death"].flatMap((kind) => timed(picks.standing, kind));
  if (episode.rosc !== null) stops.push(episode.rosc);
  return first(stops.filter((fact) => fact.time >= begin.time));
}

/**
 * @param {Spell[]} spells
 * @param {number} now
 * @returns {Span}
 */
function totalOf(spells, now) {
  const last = spells.at(-1);
  if (last === undefined) return without("missing", CPR, "not_documented");
  const tally = new Tally();
  for (const { start, end } of spells) tally.add(start, end, now);
  const state = last.end === null ? "running" : "known";
  return tally.span(state, ["cpr_start", last.end?.kind ?? "flow_on"]);
}

/** Differences added up. */
class Tally {
  point = 0;
  low = 0;
  high = 0;
  coarse = false;
  count = 0;
  /** @type {string[]} */
  flags = [];

  /**
   * @param {End} start
   * @param {End | null} end
   * @param {number} now
   */
  add(start, end, now) {
    const one = difference(start, end, now);
    this.point += one.point;
    this.low += one.low;
    this.high += one.high;
    this.coarse ||= one.coarse;
    this.count += 1;
    this.flags.push(...flagsOf(start, end, one).filter((flag) => !this.flags.includes(flag)));
  }

  /**
   * @param {string} status
   * @param {[string, string]} ends
   * @returns {Span}
   */
  span(status, ends) {
    const { point, low, high, flags, coarse } = this;
    return { status, ends, point, low, high, flags, reason: null, coarse };
  }
}

/**
 * Why pauses cannot be added up, or null.
 * @param {Pause[]} pauses
 */
function problemOf(pauses) {
  if (pauses.length === 0) return "no pause was recorded";
  const half = pauses.find((pause) => pause.span === null);
  return half ? `a pause ${LEFT_OUT[half.state]}` : null;
}

/**
 * How much of the pauses lies in the spells, in ms.
 * @param {Spell[]} spells
 * @param {Pause[]} pauses
 * @param {number} now
 */
function paused(spells, pauses, now) {
  let total = 0;
  for (const { start, end } of spells) {
    const last = end === null ? now : (end.at ?? 0);
    for (const { at, until } of pauses) {
      total += Math.max(0, Math.min(until ?? at, last) - Math.max(at, start.at ?? 0));
    }
  }
  return total;
}

/**
 * @param {Span | undefined} noFlow
 * @param {Span} total
 * @param {Spell[]} spells
 * @param {Pause[]} pauses
 * @param {number} now
 * @returns {Span}
 */
function noFlowTotal(noFlow, total, spells, pauses, now) {
  /** @type {[string, string]} */
  const names = ["arrest_onset", total.ends[1]];
  if (noFlow === undefined) return without("missing", names, null);
  if (noFlow.point === null || noFlow.low === null || noFlow.high === null) {
    return without(noFlow.status, names, noFlow.reason);
  }
  if (total.point === null) return without(total.status, names, total.reason);
  const problem = problemOf(pauses);
  if (problem !== null) return without("missing", names, problem);
  const more = paused(spells, pauses, now);
  const { point, low, high, flags, coarse } = noFlow;
  return {
    ...{ status: total.status, ends: names, reason: null, coarse, flags: [...flags] },
    ...{ point: point + more, low: low + more, high: high + more },
  };
}

/**
 * Minutes with compressions in the time that they were needed, and `share`, what part of that time it was.
 * @param {Span} total
 * @param {Spell[]} spells
 * @param {Pause[]} pauses
 * @param {number} now
 * @returns {Span}
 */
function fraction(total, spells, pauses, now) {
  if (total.point === null || total.low === null || total.high === null) {
    return without(total.status, total.ends, total.reason);
  }
  const problem = problemOf(pauses) ?? (total.point <= 0 ? "the time of compressions is nothing" : null);
  if (problem !== null) return without("missing", total.ends, problem);
  const less = paused(spells, pauses, now);
  const point = Math.max(0, total.point - less);
  const share = Math.floor((2 * point * 10_000 + total.point) / (2 * total.point)) / 10_000;
  const low = Math.max(0, total.low - less);
  const high = Math.max(0, total.high - less);
  return { ...total, flags: [...total.flags], point, low, high, share };
}

/**
 * @param {Pause[]} pauses
 * @returns {Span}
 */
function longest(pauses) {
  /** @type {Pause | null} */
  let best = null;
  for (const pause of pauses) {
    if (pause.span !== null && (best === null || pause.span > (best.span ?? 0))) best = pause;
  }
  return best === null ? without("missing", PAUSE, problemOf(pauses)) : exact(best.state, best.span ?? 0);
}

/**
 * @param {Pause[]} pauses
 * @returns {Span}
 */
function sum(pauses) {
  const measured = pauses.filter((pause) => pause.span !== null);
  if (measured.length === 0) return without("missing", PAUSE, problemOf(pauses));
  const total = measured.reduce((added, pause) => added + (pause.span ?? 0), 0);
  return exact(measured.at(-1)?.state === "running" ? "running" : "known", total);
}

/**
 * @param {string} status
 * @param {number} span
 * @returns {Span}
 */
function exact(status, span) {
  return { status, ends: PAUSE, point: span, low: span, high: span, flags: [], reason: null, coarse: false };
}

/**
 * The mean gap between doses up to skin preparation or flow; a gap that a ROSC falls into is none.
 * @param {Picks} picks
 * @returns {Span}
 */
function adrenaline(picks) {
  const ends = [picks.effective("site_prep")?.at ?? null, flowAt(picks)].filter((at) => at !== null);
  const until = Math.min(...ends);
  const roscs = picks.course.episodes.flatMap((episode) => (episode.rosc === null ? [] : [episode.rosc.time]));
  const doses = picks
    .candidates("drug", "all")
    .filter((fact) => fact.value === "adrenaline" && fact.time <= until)
    .sort((one, other) => one.time - other.time || one.place - other.place);
  const tally = new Tally();
  doses.slice(1).forEach((other, i) => {
    const one = /** @type {Fact} */ (doses[i]);
    if (one.episode !== other.episode || roscs.some((at) => one.time <= at && at <= other.time)) return;
    tally.add(endOf("drug", one), endOf("drug", other), 0);
  });
  if (tally.count === 0) return without("missing", DOSES, "fewer than two doses to compare");
  const mean = (/** @type {number} */ added) => Math.floor(added / tally.count);
  return {
    ...tally.span("known", DOSES),
    ...{ point: mean(tally.point), low: mean(tally.low), high: mean(tally.high) },
  };
}
