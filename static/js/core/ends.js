/**
 * The ends of intervals: which record an interval begins or ends in, and what is known of its time.
 * Twin of timeline/core/ends.py.
 */

import { sustainedRosc } from "./episodes.js";
import { first, last } from "./picks.js";

/** @import { Picks } from "./picks.js" */
/** @import { SelectorJson } from "./protocol.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {object} End  Either a time with its window (UTC ms) or the reason why there is none.
 * @property {string} kind
 * @property {number | null} at
 * @property {number} low
 * @property {number} high
 * @property {boolean} coarse
 * @property {boolean} estimated
 * @property {boolean} corrected
 * @property {string | null} nullReason
 */

/** Reasons that answer "when?" without a time. `not_yet` does not: the event may still come. */
export const ANSWERS = Object.freeze(["not_applicable", "not_documented", "unknown_happened"]);

/** Finds ends in a code's effective records. */
export class Ends {
  /** @param {Picks} picks */
  constructor(picks) {
    this.picks = picks;
    /** @type {Map<SelectorJson, End>} */
    this.found = new Map();
  }

  /**
   * The end that a selector means; without a time when nothing fits it.
   * @param {SelectorJson} selector
   * @returns {End}
   */
  find(selector) {
    let end = this.found.get(selector);
    if (end === undefined) {
      end = this.search(selector);
      this.found.set(selector, end);
    }
    return end;
  }

  /**
   * @param {SelectorJson} selector
   * @returns {End}
   */
  search(selector) {
    const ends = selector.kinds.map((kind) => this.ofKind(kind, selector));
    let known = ends.filter((end) => end.at !== null);
    if (selector.pick === "latest_of_all" && known.length < ends.length) known = [];
    const [leading] = known;
    if (!leading) return this.withoutTime(selector);
    let best = leading;
    for (const end of known) {
      const gap = (end.at ?? 0) - (best.at ?? 0);
      if ((selector.pick === "earliest" && gap < 0) || (selector.pick === "latest_of_all" && gap > 0)) best = end;
    }
    return best;
  }

  /**
   * @param {string} kind
   * @param {SelectorJson} selector
   * @returns {End}
   */
  ofKind(kind, selector) {
    if (kind === "sustained_rosc") return endOf(kind, sustainedRosc(this.picks.course));
    if (kind === "arrest_onset" && selector.scope === "case") {
      const onset = this.picks.onset();
      return endOf(onset?.kind ?? kind, onset);
    }
    if (kind === "team_ready")
      return endOf(kind, this.picks.effective(kind, selector.scope) ?? this.picks.teamComplete());
    if (selector.value === undefined && selector.pick !== "first" && selector.pick !== "governing") {
      return endOf(kind, this.picks.effective(kind, selector.scope));
    }
    const fitting = this.picks
      .candidates(kind, selector.scope)
      .filter((fact) => selector.value === undefined || fact.value === selector.value);
    if (selector.pick === "governing") return endOf(kind, this.governing(fitting, selector.reference));
    return endOf(kind, first(fitting));
  }

  /**
   * The latest at or before the reference; if there is none, the first after it.
   * @param {Fact[]} facts
   * @param {string | undefined} reference
   */
  governing(facts, reference) {
    const moment = reference === undefined ? null : this.picks.effective(reference);
    if (moment === null) return last(facts);
    return last(facts.filter((fact) => fact.time <= moment.time)) ?? first(facts);
  }

  /**
   * @param {SelectorJson} selector
   * @returns {End}
   */
  withoutTime(selector) {
    for (const kind of selector.kinds) {
      for (const fact of this.picks.standing.ofKind.get(kind) ?? []) {
        if (fact.at === null && fact.null_reason !== null && ANSWERS.includes(fact.null_reason)) {
          return { ...endOf(kind, null), nullReason: fact.null_reason };
        }
      }
    }
    return endOf(selector.kinds[0] ?? "", null);
  }
}

/**
 * @param {string} kind
 * @param {Fact | null} fact
 * @returns {End}
 */
export function endOf(kind, fact) {
  if (fact === null || fact.at === null) {
    return { kind, at: null, low: 0, high: 0, coarse: false, estimated: false, corrected: false, nullReason: null };
  }
  return {
    kind,
    at: fact.at,
    low: fact.estimated ? fact.earliestPlausible : fact.at,
    high: fact.estimated ? fact.latestPlausible : fact.at,
    coarse: fact.coarse,
    estimated: fact.estimated,
    corrected: fact.flags.includes("corrected_clock"),
    nullReason: null,
  };
}
