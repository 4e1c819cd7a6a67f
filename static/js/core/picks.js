/**
 * Which of several current records counts. Twin of timeline/core/picks.py.
 *
 * Single milestones: the one a person settled on; else the earliest plausible arrest onset (the countdown errs towards
 * less time left), and for all others the one recorded first. Repeatable ones: by time, as their kind says.
 */

import { isPerEpisode, isSingle } from "./protocol.js";
import { timed } from "./standing.js";

/** @import { Course } from "./episodes.js" */
/** @import { Protocol } from "./protocol.js" */
/** @import { Fact, Standing } from "./standing.js" */

/** The effective records of a code. */
export class Picks {
  /**
   * @param {Standing} standing
   * @param {Course} course
   * @param {Protocol} protocol
   */
  constructor(standing, course, protocol) {
    this.standing = standing;
    this.course = course;
    this.protocol = protocol;
    /** @type {Map<string, Fact | null>} */
    this.found = new Map();
    /** @type {Map<string, Fact[]>} */
    this.counted = new Map();
  }

  /**
   * The current, timed records of a kind: of the present case, of the first episode, or all.
   * @param {string} kind
   * @param {string} scope
   * @returns {Fact[]}
   */
  candidates(kind, scope) {
    const all = timed(this.standing, kind);
    if (scope === "all") return all;
    if (scope === "first") return all.filter((fact) => fact.episode === 1);
    return all.filter((fact) => fact.episode >= this.course.number);
  }

  /**
   * The one record that counts for this kind, or null.
   * @param {string} kind
   * @param {string} [scope]
   * @returns {Fact | null}
   */
  effective(kind, scope = "case") {
    const key = `${kind} ${scope}`;
    let fact = this.found.get(key);
    if (fact === undefined) {
      fact = this.pick(kind, this.candidates(kind, scope));
      this.found.set(key, fact);
    }
    return fact;
  }

  /**
   * The timed records of a kind that count, over all cases: of a kind that is stated once (in each episode) the chosen
   * one, of a repeatable kind every one.
   * @param {string} kind
   * @returns {Fact[]}
   */
  counting(kind) {
    let facts = this.counted.get(kind);
    if (facts === undefined) {
      facts = this.allCounting(kind);
      this.counted.set(kind, facts);
    }
    return facts;
  }

  /** @param {string} kind */
  allCounting(kind) {
    if (kind === "team_ready") return present(this.effective(kind, "all") ?? this.teamComplete());
    const all = timed(this.standing, kind);
    const known = this.protocol.kinds.get(kind);
    if (!known || !isSingle(known) || all.length < 2) return all;
    if (!isPerEpisode(known)) return present(this.effective(kind, "all"));
    const episodes = [...new Set(all.map((fact) => fact.episode))].sort((one, other) => one - other);
    return episodes.flatMap((episode) =>
      present(
        this.pick(
          kind,
          all.filter((fact) => fact.episode === episode),
        ),
      ),
    );
  }

  /** The arrival that made the team complete: the last of the essential roles to come or to be taken. */
  teamComplete() {
    const came = timed(this.standing, "team_member_arrived");
    const took = timed(this.standing, "role_taken");
    /** @type {Fact[]} */
    const arrivals = [];
    for (const role of this.protocol.raw.roles) {
      if (!role.essential) continue;
      const arrival =
        first(came.filter((fact) => fact.value === role.key)) ?? first(took.filter((fact) => fact.value === role.key));
      if (arrival === null) return null;
      arrivals.push(arrival);
    }
    return last(arrivals);
  }

  /**
   * The arrest that the present case is counted from: the one recorded, or the re-arrest that opened the case.
   * An onset of a later episode of the case does not stand in for a missing first one.
   * @returns {Fact | null}
   */
  onset() {
    const number = this.course.number;
    const recorded = this.candidates("arrest_onset", "case").filter((fact) => fact.episode === number);
    return this.pick("arrest_onset", recorded) ?? this.course.episodes[number - 1]?.opener ?? null;
  }

  /**
   * @param {string} kind
   * @param {Fact[]} all
   * @returns {Fact | null}
   */
  pick(kind, all) {
    if (all.length === 0) return null;
    const known = this.protocol.kinds.get(kind);
    const pick = known ? known.pick : "first";
    let candidates = all;
    if (known && isPerEpisode(known)) {
      const episode = Math.min(...all.map((fact) => fact.episode));
      candidates = all.filter((fact) => fact.episode === episode);
    }
    if (pick === "activation") return this.activation(candidates);
    if (pick === "first") return first(candidates);
    if (pick === "last") return last(candidates);
    const judged = this.settled(candidates);
    if (judged) return judged;
    if (pick === "earliest") {
      // A time in the future counts only when there is no other.
      const sound = candidates.filter((fact) => !isUnconfirmedFuture(fact));
      return earliestPlausible(sound.length > 0 ? sound : candidates);
    }
    return candidates[0] ?? null;
  }

  /**
   * The candidate that a person said stands; the latest word counts.
   * @param {Fact[]} candidates
   * @returns {Fact | null}
   */
  settled(candidates) {
    const words = this.standing.settled;
    const judged = candidates.filter((fact) => words.has(fact.id));
    return least(judged, (fact) => -(words.get(fact.id) ?? 0));
  }

  /**
   * The first activation after the last cancellation: the registries count the reactivation (LA 648).
   * @param {Fact[]} candidates
   * @returns {Fact | null}
   */
  activation(candidates) {
    const cancelled = last(timed(this.standing, "ecpr_cancelled"));
    if (cancelled === null) return first(candidates);
    return first(candidates.filter((fact) => fact.time > cancelled.time));
  }
}

/**
 * @param {Fact | null} fact
 * @returns {Fact[]}
 */
function present(fact) {
  return fact === null ? [] : [fact];
}

/**
 * Whether a time that lay in the future when it arrived was left so: neither corrected nor settled.
 * @param {Fact} fact
 */
export function isUnconfirmedFuture(fact) {
  return fact.flags.includes("future") && !fact.corrections.some((told) => Object.hasOwn(told.changes, "at"));
}

/**
 * The first of the facts with the least measure.
 * @param {Fact[]} facts
 * @param {(fact: Fact) => number} measure
 * @returns {Fact | null}
 */
function least(facts, measure) {
  /** @type {Fact | null} */
  let best = null;
  for (const fact of facts) {
    if (best === null) best = fact;
    else {
      const gap = measure(fact) - measure(best);
      if (gap < 0 || (gap === 0 && fact.place < best.place)) best = fact;
    }
  }
  return best;
}

/**
 * The fact that may have been the earliest.
 * @param {Fact[]} facts
 */
export function earliestPlausible(facts) {
  return least(facts, (fact) => fact.earliestPlausible);
}

/**
 * The earliest of timed facts; of equals the one recorded first.
 * @param {Fact[]} facts
 */
export function first(facts) {
  return least(facts, (fact) => fact.time);
}

/**
 * The latest of timed facts; of equals the one recorded last.
 * @param {Fact[]} facts
 * @returns {Fact | null}
 */
export function last(facts) {
  /** @type {Fact | null} */
  let best = null;
  for (const fact of facts) {
    if (best === null || fact.time > best.time || (fact.time === best.time && fact.place > best.place)) best = fact;
  }
  return best;
}
