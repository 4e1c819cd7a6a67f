/**
 * The target clock, the path with its due times, the phase, and the ACLS timers. Twin of timeline/core/countdown.py.
 *
 * The clock is an absolute deadline, counted from the earliest plausible onset; it is never paused and never hidden.
 */

import { sustainedRosc } from "./episodes.js";
import { MINUTE, minutesOf } from "./intervals.js";
import { first, isUnconfirmedFuture, last } from "./picks.js";
import { isClinical } from "./protocol.js";

/** @import { Picks } from "./picks.js" */
/** @import { PhaseJson } from "./protocol.js" */
/** @import { JsonValue } from "./records.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {object} ClockReading
 * @property {"no_onset" | "running" | "flow_on" | "stopped" | "closed"} state
 * @property {number | null} anchor_at
 * @property {number | null} anchor_latest
 * @property {string | null} anchor_certainty
 * @property {string | null} anchor_precision
 * @property {string | null} anchor_kind
 * @property {number | null} deadline
 * @property {number | null} left_at_door  What the hospital has left of the target; less than 0 when it is past.
 * @property {number} limit_minutes
 * @property {number | null} stopped_at
 * @property {number | null} count_from
 *
 * @typedef {object} MilestoneReading
 * @property {string} id
 * @property {number} at
 * @property {string} certainty
 * @property {string} precision
 * @property {number | null} minute
 * @property {number} count
 * @property {JsonValue} value
 *
 * @typedef {object} StepReading
 * @property {string} kind
 * @property {string} label
 * @property {string} short
 * @property {number | null} due
 * @property {"done" | "next" | "due" | "overdue" | "open"} state
 * @property {number | null} at
 *
 * @typedef {{ key: string, label: string, state: "done" | "now" | "next" }} PhaseReading
 *
 * @typedef {object} TimerReading
 * @property {string} key
 * @property {string} label
 * @property {number | null} since
 * @property {number} count
 * @property {number | null} due
 * @property {number | null} amber  From when it is said to be due soon.
 * @property {number | null} overdue
 * @property {number | null} ceiling
 * @property {boolean} dimmed
 * @property {JsonValue} value
 */

const DUE_SOON = 2 * MINUTE;
/** Endings after which the target clock has nothing left to count. */
const STOPS = ["flow_established", "efforts_stopped", "ecpr_abandoned", "death"];

/**
 * The clock's state, anchor and deadline; times in UTC ms.
 * @param {Picks} picks
 * @param {number | null} closedAt
 * @param {number | null} startedAt
 * @returns {ClockReading}
 */
export function targetClock(picks, closedAt, startedAt) {
  const limit = picks.protocol.limit;
  let anchor = picks.onset();
  if (anchor && isUnconfirmedFuture(anchor) && !picks.standing.settled.has(anchor.id)) anchor = null;
  const flow = first(["flow_on", "flow_established"].flatMap((kind) => picks.candidates(kind, "case")));
  let stop = first(STOPS.map((kind) => picks.effective(kind)).filter((fact) => fact !== null));
  const rosc = sustainedRosc(picks.course);
  if (rosc && (stop === null || rosc.time < stop.time) && flow === null) stop = rosc;
  let stoppedAt = stop?.at ?? null;
  /** @type {ClockReading["state"]} */
  let state = flow === null ? "running" : "flow_on";
  if (closedAt !== null) {
    stoppedAt ??= flow?.at ?? closedAt;
    state = "closed";
  } else if (stop !== null) {
    state = "stopped";
  } else if (anchor === null) {
    state = "no_onset";
  }
  const earliest = anchor?.earliestPlausible ?? null;
  const deadline = earliest === null ? null : earliest + limit * MINUTE;
  const door = picks.effective("door")?.at ?? null;
  return {
    state,
    anchor_at: earliest,
    anchor_latest: anchor && latestPlausible(picks, anchor),
    anchor_certainty: anchor?.certainty ?? null,
    anchor_precision: anchor?.precision ?? null,
    anchor_kind: anchor?.kind ?? null,
    deadline,
    left_at_door: deadline === null || door === null ? null : deadline - door,
    limit_minutes: limit,
    stopped_at: stoppedAt,
    count_from: earliest ?? firstEvent(picks, startedAt),
  };
}

/**
 * How late the onset may have been, over all statements of it that are not settled.
 * @param {Picks} picks
 * @param {Fact} anchor
 */
function latestPlausible(picks, anchor) {
  const rivals = [anchor];
  if (anchor.kind === "arrest_onset" && !picks.standing.settled.has(anchor.id)) {
    for (const fact of picks.candidates("arrest_onset", "case")) {
      if (fact.episode === anchor.episode && !isUnconfirmedFuture(fact)) rivals.push(fact);
    }
  }
  return Math.max(...rivals.map((fact) => fact.latestPlausible));
}

/**
 * Where the count-up begins while nobody has entered the arrest time.
 * @param {Picks} picks
 * @param {number | null} startedAt
 */
function firstEvent(picks, startedAt) {
  const events = picks.standing.current.filter((fact) => {
    const known = picks.protocol.kinds.get(fact.kind);
    return fact.at !== null && (!known || isClinical(known)) && !fact.flags.includes("future");
  });
  const found = first(events);
  if (found === null) return startedAt;
  return startedAt === null ? found.time : Math.min(found.time, startedAt);
}

/**
 * Every recorded event of the patient: the record that counts, its minute from onset, and how many there are.
 * @param {Picks} picks
 */
export function milestones(picks) {
  const anchor = picks.onset();
  /** @type {{ [kind: string]: MilestoneReading }} */
  const found = {};
  for (const kind of picks.standing.ofKind.keys()) {
    const known = picks.protocol.kinds.get(kind);
    if (!known || !isClinical(known)) continue;
    const fact = picks.effective(kind);
    if (fact === null || fact.at === null) continue;
    found[kind] = {
      id: fact.id,
      at: fact.at,
      certainty: fact.certainty,
      precision: fact.precision,
      minute: anchor === null ? null : minutesOf(fact.at - anchor.time),
      count: picks.candidates(kind, "case").length,
      value: fact.value,
    };
  }
  return found;
}

/**
 * The next milestone and the path. `next` is the first one open after the furthest done; steps that run in parallel
 * (the circuit is often primed before the patient comes) do not move that front.
 * @param {Picks} picks
 * @param {ClockReading} clock
 * @param {number} now
 */
export function path(picks, clock, now) {
  const steps = picks.protocol.raw.path.map((step) => ({ step, fact: picks.effective(step.kind) }));
  const front = steps.reduce((furthest, { step, fact }, i) => (fact !== null && !step.parallel ? i : furthest), -1);
  const live = clock.state === "running" || clock.state === "flow_on" || clock.state === "no_onset";
  const open = steps.filter(({ fact }) => fact === null);
  const ahead = steps.find(({ fact }, i) => fact === null && i > front) ?? open[0];
  const finished = (steps.at(-1)?.fact ?? null) !== null;
  const following = live && ahead && !finished ? ahead.step.kind : null;
  const shown = steps.map(({ step, fact }) => {
    const kind = picks.protocol.kinds.get(step.kind);
    const due =
      clock.anchor_at === null || step.due_minutes === null ? null : clock.anchor_at + step.due_minutes * MINUTE;
    return {
      kind: step.kind,
      label: kind?.label ?? "",
      short: kind?.short ?? "",
      due,
      state: stepState(fact, step.kind === following, live ? due : null, now),
      at: fact?.at ?? null,
    };
  });
  return { next: following, path: shown };
}

/**
 * @param {Fact | null} fact
 * @param {boolean} isNext
 * @param {number | null} due
 * @param {number} now
 * @returns {StepReading["state"]}
 */
function stepState(fact, isNext, due, now) {
  if (fact !== null) return "done";
  if (due !== null && now > due) return "overdue";
  if (due !== null && now >= due - DUE_SOON) return "due";
  return isNext ? "next" : "open";
}

/**
 * The number of the present phase, and all phases. Derived, so a void moves it back.
 * @param {Picks} picks
 */
export function phase(picks) {
  let present = 0;
  picks.protocol.raw.phases.forEach((each, number) => {
    if (isEntered(picks, each)) present = number;
  });
  /** @type {PhaseReading[]} */
  const phases = picks.protocol.raw.phases.map((each, number) => ({
    key: each.key,
    label: each.label,
    state: number < present ? "done" : number === present ? "now" : "next",
  }));
  return { present, phases };
}

/**
 * @param {Picks} picks
 * @param {PhaseJson} each
 */
function isEntered(picks, each) {
  if (each.enters_on.some((kind) => picks.effective(kind) !== null)) return true;
  if (!each.default_unless) return false;
  const fact = picks.effective(each.default_unless.kind);
  return fact === null || typeof fact.value !== "string" || !each.default_unless.values.includes(fact.value);
}

/**
 * The ACLS timers, each from its last record. They dim from skin preparation on; they do not vanish.
 * @param {Picks} picks
 * @param {ClockReading} clock
 * @param {boolean} dimmed
 * @returns {TimerReading[]}
 */
export function timers(picks, clock, dimmed) {
  const counting = (clock.state === "running" || clock.state === "no_onset") && picks.course.last.rosc === null;
  const shockable = isShockable(picks);
  return picks.protocol.raw.timers.map((timer) => {
    const facts = picks
      .candidates(timer.kind, "all")
      .filter((fact) => timer.value === null || fact.value === timer.value);
    const latest = last(facts);
    const starts = (timer.starts ?? []).flatMap((kind) => picks.candidates(kind, "all"));
    const byMachine = isByMachine(picks, timer.machine ?? []);
    const since = byMachine ? null : (last([...facts, ...starts])?.at ?? null);
    const runs = counting && !byMachine;
    return {
      key: timer.key,
      label: timer.label,
      since,
      count: facts.length,
      due: runs ? after(since, timer.due_seconds) : null,
      amber: runs ? after(since, timer.amber_seconds ?? timer.due_seconds) : null,
      overdue: runs ? after(since, timer.overdue_seconds) : null,
      ceiling: shockable ? (timer.ceiling ?? null) : null,
      dimmed: (dimmed && timer.dims !== false) || !runs,
      value: latest?.payload[timer.shows] ?? null,
    };
  });
}

/**
 * Whether a machine does the work now: of its two kinds, on and off, the first was recorded last.
 * @param {Picks} picks
 * @param {string[]} machine
 */
function isByMachine(picks, machine) {
  const turned = last(machine.flatMap((kind) => picks.candidates(kind, "all")));
  return turned !== null && turned.kind === machine[0];
}

/**
 * Whether the last rhythm that was named is a shockable one: only then a ceiling counts (clinical reference, 6.2).
 * @param {Picks} picks
 */
function isShockable(picks) {
  const said = last(
    picks.candidates("rhythm_check", "all").filter(({ value }) => value !== null && value !== "unknown"),
  );
  return picks.protocol.raw.rhythms.some((rhythm) => rhythm.shockable && rhythm.value === said?.value);
}

/**
 * @param {number | null} since
 * @param {number | null} seconds
 */
function after(since, seconds) {
  return since === null || seconds === null ? null : since + seconds * 1000;
}
