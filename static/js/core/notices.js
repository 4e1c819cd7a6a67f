/**
 * What a code's records say about each other: odd orders, double entries, disagreements, and what is missing.
 * Twin of timeline/core/notices.py. Nothing here refuses or changes a record.
 */

import { ANSWERS } from "./ends.js";
import { first, last } from "./picks.js";
import { isClinical, isPerEpisode, isSingle, labelOf } from "./protocol.js";
import { timed } from "./standing.js";

/** @import { MilestoneReading, StepReading } from "./countdown.js" */
/** @import { Picks } from "./picks.js" */
/** @import { OrderJson, Protocol } from "./protocol.js" */
/** @import { Fact, Standing } from "./standing.js" */

/**
 * @typedef {{ flag: string, text: string, records: string[] }} FlagReading
 * @typedef {{ kind: string, records: string[], text: string }} ConflictReading
 */

const MINUTE = 60_000;
/** Stands in an order rule for every kind that speaks of the patient. */
const ANY = "*";
/** The notices that records carry themselves, in the order they are told. */
const CARRIED = Object.entries({
  future: "The time lay in the future when it arrived",
  clock_suspect: "The device's clocks contradict each other",
  out_of_window: "The time is long before the code was opened",
  recovered: "Brought back by a device after a restore",
  quarantined: "From a device that could no longer write; a person took it in",
  late_arrival: "Arrived more than a minute after the press",
  after_closing: "Recorded after the code was closed",
  corrected_clock: "The time is corrected by the offset of its source's clock",
  concurrent_correction: "Corrected by two people who had not seen each other's correction",
  dangling: "Speaks of a record that has not arrived",
});
/** Those that ask a person whether the record stands. Once that was said they are told no more; the flag stays. */
const ASKING = ["after_closing", "dangling"];

/**
 * @param {string} flag
 * @param {string} text
 * @param {Fact[]} facts
 * @returns {FlagReading}
 */
function notice(flag, text, facts) {
  return { flag, text, records: facts.map((fact) => fact.id) };
}

/**
 * Order rules that are broken, one notice each, with every record that breaks it. Of kinds that are stated once (in each
 * episode) the record that counts is looked at, of repeatable kinds every one.
 * @param {Picks} picks
 * @returns {FlagReading[]}
 */
export function orders(picks) {
  const found = [];
  for (const rule of picks.protocol.raw.orders) {
    const broken = BROKEN[rule.rule ?? "after"](rule, picks);
    if (broken.length > 0) {
      found.push(notice(`order_${rule.strength}`, orderText(rule, picks.protocol), [...new Set(broken)]));
    }
  }
  for (const { records } of found) for (const id of records) picks.standing.byId.get(id)?.flag("order");
  return found;
}

/**
 * @param {OrderJson} rule
 * @param {Protocol} protocol
 */
function orderText(rule, protocol) {
  if (rule.text) return rule.text;
  const one = labelOf(protocol, rule.first);
  const other = labelOf(protocol, rule.then);
  return {
    after: `${other} is before ${one}`,
    ends: `${one} is after ${other}`,
    excludes: `${one} and ${other} are both recorded`,
    alternates: `${one} or ${other} twice, without the other between`,
    closes: `${other} without an open ${one}`,
  }[rule.rule ?? "after"];
}

/** @type {{ [rule in NonNullable<OrderJson["rule"]>]: (rule: OrderJson, picks: Picks) => Fact[] }} */
const BROKEN = {
  after: tooEarly,
  ends: tooLate,
  excludes: both,
  alternates: notAlternating,
  closes: nothingOpen,
};

/**
 * `after`: each `then` that is before the first `first`, behind what it is before.
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function tooEarly(rule, picks) {
  const thens = picks.counting(rule.then);
  if (thens.length === 0) return [];
  const firsts = picks.counting(rule.first).filter((fact) => rule.value === undefined || fact.value === rule.value);
  if (firsts.length === 0) return rule.required ? thens : [];
  const known = picks.protocol.kinds.get(rule.first);
  const earliest = known !== undefined && isPerEpisode(known) ? null : first(firsts);
  const newestFirst = [...firsts].reverse();
  const broken = [];
  for (const then of thens) {
    // A fresh arrest has a fresh start of CPR: what was before it belongs to the episode before.
    const own = earliest ?? newestFirst.find((fact) => fact.episode <= then.episode);
    if (own !== undefined && isBefore(then, own)) broken.push(own, then);
  }
  return broken;
}

/**
 * `ends`: each `first` that is after the last `then` of its episode or a later one.
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function tooLate(rule, picks) {
  const lasts = picks.counting(rule.then);
  if (lasts.length === 0) return [];
  const broken = [];
  for (const kind of rule.first === ANY ? patientKinds(rule, picks) : [rule.first]) {
    for (const fact of picks.counting(kind)) {
      const end = last(lasts.filter((each) => rule.first === ANY || each.episode >= fact.episode));
      if (end !== null && isBefore(end, fact)) broken.push(end, fact);
    }
  }
  return broken;
}

/**
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function patientKinds(rule, picks) {
  return [...picks.standing.ofKind.keys()].filter((kind) => {
    const known = picks.protocol.kinds.get(kind);
    return kind !== rule.then && !rule.but?.includes(kind) && known !== undefined && isClinical(known);
  });
}

/**
 * `excludes`: the first of each, when both are there.
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function both(rule, picks) {
  const one = first(picks.counting(rule.first));
  const other = first(picks.counting(rule.then));
  return one !== null && other !== null ? [one, other] : [];
}

/**
 * `alternates`: each two of one kind that follow each other.
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function notAlternating(rule, picks) {
  const facts = inTurn(rule, picks);
  return facts.flatMap((fact, i) => {
    const before = facts[i - 1];
    return before !== undefined && before.kind === fact.kind ? [before, fact] : [];
  });
}

/**
 * `closes`: each `then` with no `first` since the `then` before it.
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function nothingOpen(rule, picks) {
  const facts = inTurn(rule, picks);
  return facts.filter((fact, i) => fact.kind === rule.then && (facts[i - 1]?.kind ?? rule.then) === rule.then);
}

/**
 * @param {OrderJson} rule
 * @param {Picks} picks
 */
function inTurn(rule, picks) {
  return [...picks.counting(rule.first), ...picks.counting(rule.then)].sort(byTime);
}

/**
 * Whether `one` was surely before `other`, whatever their windows and precision leave open.
 * @param {Fact} one
 * @param {Fact} other
 */
function isBefore(one, other) {
  const latest = one.latestPlausible;
  const earliest = other.earliestPlausible;
  if (one.coarse || other.coarse) return Math.floor(latest / MINUTE) < Math.floor(earliest / MINUTE);
  return latest < earliest;
}

/**
 * @param {Fact} one
 * @param {Fact} other
 */
function byTime(one, other) {
  return one.time - other.time || one.place - other.place;
}

/**
 * Repeatable events of one kind and value that two devices recorded within a minute: only a person may decide.
 * @param {Standing} standing
 * @param {Protocol} protocol
 * @returns {FlagReading[]}
 */
export function doubleEntries(standing, protocol) {
  const found = [];
  for (const kind of standing.ofKind.keys()) {
    if (!protocol.kinds.get(kind)?.double_check) continue;
    const facts = timed(standing, kind).sort(byTime);
    for (let i = 1; i < facts.length; i++) {
      const earlier = /** @type {Fact} */ (facts[i - 1]);
      const later = /** @type {Fact} */ (facts[i]);
      const near = later.time - earlier.time <= protocol.raw.double_entry_seconds * 1000;
      const same = kind !== "drug" || isSame(earlier.value, later.value);
      const others = earlier.entry.record.device !== later.entry.record.device;
      if (near && same && others && !bothStand(earlier, later, standing)) {
        const text = `${labelOf(protocol, kind)}: recorded twice within a minute, by two devices`;
        found.push(notice("possible_double", text, [earlier, later]));
        earlier.flag("possible_double");
        later.flag("possible_double");
      }
    }
  }
  return found;
}

/**
 * Whether a person has seen both and said of either that it stands.
 * @param {Fact} one
 * @param {Fact} other
 * @param {Standing} standing
 */
function bothStand(one, other, standing) {
  const said = Math.max(standing.settled.get(one.id) ?? -1, standing.settled.get(other.id) ?? -1);
  return said > Math.max(one.place, other.place);
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isSame(one, other) {
  return one === other;
}

/**
 * Single milestones recorded more than once: close together (flags), or further apart (conflicts).
 * @param {Picks} picks
 */
export function disagreements(picks) {
  /** @type {FlagReading[]} */
  const flags = [];
  /** @type {ConflictReading[]} */
  const conflicts = [];
  const margin = picks.protocol.raw.same_moment_seconds * 1000;
  for (const kind of picks.standing.ofKind.keys()) {
    const known = picks.protocol.kinds.get(kind);
    if (!known || !isSingle(known) || !isClinical(known)) continue;
    for (const group of groups(timed(picks.standing, kind), isPerEpisode(known))) {
      let facts = group;
      const judged = picks.settled(facts);
      if (judged) {
        // Whatever was recorded after the word was given is a new statement.
        const since = picks.standing.settled.get(judged.id) ?? 0;
        facts = facts.filter((fact) => fact === judged || fact.place > since);
      }
      if (facts.length < 2) continue;
      if (areApart(facts, margin)) {
        conflicts.push({
          kind,
          records: facts.map((fact) => fact.id),
          text: `${known.label}: recorded ${facts.length} times, at different times`,
        });
      } else {
        flags.push(notice("recorded_twice", `${known.label}: recorded ${facts.length} times`, facts));
      }
    }
  }
  return { flags, conflicts };
}

/**
 * @param {Fact[]} facts
 * @param {boolean} perEpisode
 * @returns {Fact[][]}
 */
function groups(facts, perEpisode) {
  if (!perEpisode) return [facts];
  /** @type {Map<number, Fact[]>} */
  const found = new Map();
  for (const fact of facts) {
    const held = found.get(fact.episode);
    if (held) held.push(fact);
    else found.set(fact.episode, [fact]);
  }
  return [...found.entries()].sort(([one], [other]) => one - other).map(([, held]) => held);
}

/**
 * @param {Fact[]} facts
 * @param {number} margin
 */
function areApart(facts, margin) {
  const ordered = [...facts].sort(byTime);
  const one = /** @type {Fact} */ (ordered[0]);
  const other = /** @type {Fact} */ (ordered.at(-1));
  return other.time - one.time > Math.max(margin, uncertainty(one) + uncertainty(other));
}

/** @param {Fact} fact */
function uncertainty(fact) {
  return fact.entry.record.when?.uncertainty ?? 0;
}

/**
 * The notices that current records carry themselves, gathered by notice.
 * @param {Standing} standing
 * @returns {FlagReading[]}
 */
export function carried(standing) {
  /** @type {Map<string, Fact[]>} */
  const gathered = new Map();
  for (const fact of standing.facts) {
    if (fact.voidedBy !== null) continue;
    for (const flag of fact.flags) {
      if (ASKING.includes(flag) && isAnsweredFor(flag, fact, standing)) continue;
      const held = gathered.get(flag);
      if (held) held.push(fact);
      else gathered.set(flag, [fact]);
    }
  }
  return CARRIED.filter(([flag]) => gathered.has(flag)).map(([flag, text]) =>
    notice(flag, text, gathered.get(flag) ?? []),
  );
}

/**
 * @param {string} flag
 * @param {Fact} fact
 * @param {Standing} standing
 */
function isAnsweredFor(flag, fact, standing) {
  // What is said about the record of a closed code comes after the closing, as it has to.
  const aboutOthers = flag === "after_closing" && fact.bookkeeping;
  return aboutOthers || (standing.settled.get(fact.id) ?? -1) > fact.place;
}

/**
 * Anchors that are not there: those the outcome implies, or, while open, the steps that were passed by.
 * A record that says why there is no time (not documented, not applicable) is an answer.
 * @param {Picks} picks
 * @param {StepReading[]} path
 * @param {string | null} outcome
 * @param {boolean} closed
 * @param {{ [kind: string]: MilestoneReading }} shown
 */
export function missing(picks, path, outcome, closed, shown) {
  /** @type {string[]} */
  let wanted;
  if (closed) {
    wanted = [...(picks.protocol.outcomes.get(outcome ?? "")?.implies ?? [])];
  } else {
    const front = path.reduce((furthest, step, i) => (step.state === "done" ? i : furthest), -1);
    wanted = path.slice(0, front + 1).map((step) => step.kind);
    if (!wanted.includes("arrest_onset")) wanted.unshift("arrest_onset");
  }
  return wanted
    .filter((kind) => !Object.hasOwn(shown, kind) && !isAnswered(picks.standing, kind))
    .map((kind) => ({ kind, label: labelOf(picks.protocol, kind) }));
}

/**
 * @param {Standing} standing
 * @param {string} kind
 */
function isAnswered(standing, kind) {
  return (standing.ofKind.get(kind) ?? []).some(
    (fact) => fact.at === null && fact.null_reason !== null && ANSWERS.includes(fact.null_reason),
  );
}
