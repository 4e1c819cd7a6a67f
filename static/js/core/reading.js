/**
 * The reading: everything the screens, clocks and checklists show of a code; a pure function of
 * (entries, protocol, now). Twin of timeline/core/reading.py; shared cases hold them together.
 */

import { checklists, covering, holders, itemStates, tenures } from "./board.js";
import { milestones, path, phase, targetClock, timers } from "./countdown.js";
import { criteriaOf, decisionsOf } from "./criteria.js";
import { runOfEpisodes } from "./episodes.js";
import { carried, disagreements, doubleEntries, missing, orders } from "./notices.js";
import { pausesJson, pausesOf } from "./pauses.js";
import { earliestPlausible, Picks } from "./picks.js";
import { promptsOf } from "./prompts.js";
import { labelOf, protocolOf } from "./protocol.js";
import { soundOf } from "./sounds.js";
import { stand, toldVoid } from "./standing.js";

/** @import { Cover, Holder, ItemReading, Tenure } from "./board.js" */
/** @import { ClockReading, MilestoneReading, PhaseReading, StepReading, TimerReading } from "./countdown.js" */
/** @import { CriteriaReading, DecisionReading } from "./criteria.js" */
/** @import { Course } from "./episodes.js" */
/** @import { IntervalReading, Moment, TargetReading } from "./intervals.js" */
/** @import { OutcomeReading } from "./outcomes.js" */
/** @import { PauseReading } from "./pauses.js" */
/** @import { ConflictReading, FlagReading } from "./notices.js" */
/** @import { PromptReading } from "./prompts.js" */
/** @import { Protocol, ProtocolJson } from "./protocol.js" */
/** @import { By, EntryJson, Payload } from "./records.js" */
/** @import { Tips65Reading } from "./tips65.js" */
/** @import { SoundReading } from "./sounds.js" */
/** @import { Fact, Standing, Told, ToldCorrection } from "./standing.js" */

/**
 * @typedef {object} CodeReading
 * @property {string | null} id
 * @property {string | null} name
 * @property {string} mode
 * @property {string | null} colour
 * @property {"open" | "closed"} state
 * @property {string | null} outcome
 * @property {number | null} started_at
 * @property {number | null} closed_at
 * @property {string} protocol
 * @property {number} head
 *
 * @typedef {object} RecordReading
 * @property {string} id
 * @property {number | null} seq
 * @property {string} kind
 * @property {string} label
 * @property {number | null} at
 * @property {number | null} raw_at
 * @property {string} precision
 * @property {string} certainty
 * @property {number | null} earliest
 * @property {number | null} latest
 * @property {string} source
 * @property {string | null} null_reason
 * @property {Payload} payload
 * @property {string | null} role
 * @property {By} by
 * @property {number | null} received
 * @property {boolean} waiting
 * @property {boolean} meta
 * @property {string | null} target
 * @property {number} episode
 * @property {string[]} flags
 * @property {ToldCorrection[]} corrections
 * @property {Told | null} voided
 *
 * @typedef {object} RoleReading
 * @property {string} key
 * @property {string} label
 * @property {string} short
 * @property {string} team
 * @property {boolean} essential
 * @property {Holder[]} holders
 * @property {Tenure[]} tenure  Who held it, from when to when.
 * @property {Cover[]} covers  What it records for roles that nobody holds.
 * @property {number} done
 * @property {number} total
 *
 * @typedef {{ n: number, onset: string | null, rosc: string | null, sustained: boolean,
 *   rearrest: string | null }} EpisodeReading
 *
 * @typedef {(protocol: Protocol, picks: Picks, moment: Moment) => { intervals: { [key: string]: IntervalReading },
 *   targets: { [key: string]: TargetReading }, outcomes: OutcomeReading[], tips65: Tips65Reading | null }} Figures
 *
 * @typedef {object} Reading
 * @property {CodeReading} code
 * @property {number} now
 * @property {RecordReading[]} records
 * @property {{ [anchor: string]: RecordReading | null }} anchors
 * @property {{ [kind: string]: MilestoneReading }} milestones
 * @property {EpisodeReading[]} episodes
 * @property {string} phase
 * @property {PhaseReading[]} phases
 * @property {ClockReading} clock
 * @property {string | null} next
 * @property {StepReading[]} path
 * @property {PauseReading[]} pauses
 * @property {CriteriaReading} criteria
 * @property {DecisionReading[]} decisions
 * @property {OutcomeReading[]} outcomes
 * @property {Tips65Reading | null} tips65
 * @property {TimerReading[]} timers
 * @property {PromptReading[]} prompts
 * @property {SoundReading} sound
 * @property {RoleReading[]} roles
 * @property {{ [role: string]: ItemReading[] }} checklists
 * @property {{ [key: string]: IntervalReading }} intervals
 * @property {{ [key: string]: TargetReading }} targets
 * @property {FlagReading[]} flags
 * @property {ConflictReading[]} conflicts
 * @property {{ kind: string, label: string }[]} missing
 * @property {{ records: number, waiting: number, corrected: number, voided: number, late: number,
 *   estimated: number }} counts
 */

const MODES = ["real", "drill", "demo"];
/** The phase from which ACLS is modified (clinical reference, section 6.1). */
const MODIFIED_FROM = "cannulation";

/**
 * Everything the core derives from a code's entries at `now` (UTC ms). Records that wait on this device come last,
 * with `seq` null. Intervals and targets are there when `figures` is given: see figures.js.
 * @param {Iterable<EntryJson>} entries
 * @param {ProtocolJson} protocolJson
 * @param {number} now
 * @param {Figures} [figures]
 * @returns {Reading}
 */
export function read(
  entries,
  protocolJson,
  now,
  figures = () => ({ intervals: {}, targets: {}, outcomes: [], tips65: null }),
) {
  const protocol = protocolOf(protocolJson);
  const standing = stand(entries, protocol);
  const code = codeReading(standing, protocol);
  const closed = code.state === "closed";
  const course = runOfEpisodes(standing, protocol, code.closed_at ?? now);
  const picks = new Picks(standing, course, protocol);
  const outcome = protocol.outcomes.get(code.outcome ?? "") ?? null;
  const { intervals, targets, outcomes, tips65 } = figures(protocol, picks, { now, closed, outcome });
  const clock = targetClock(picks, code.closed_at, code.started_at);
  const way = path(picks, clock, now);
  const { present, phases } = phase(picks);
  const shown = milestones(picks);
  const { flags: twice, conflicts } = disagreements(picks);
  const flags = [...orders(picks), ...doubleEntries(standing, protocol), ...twice, ...carried(standing)];
  const views = new Map(standing.facts.map((fact) => [fact.id, view(fact, protocol)]));
  const told = standing.facts.filter((fact) => fact.voidedBy === null);
  const spells = tenures(told);
  const held = holders(spells);
  const lists = checklists(itemStates(told, protocolJson.roles), protocolJson.roles);
  const pauses = pausesJson(pausesOf(picks, closed ? null : now), picks);
  const modified = protocolJson.phases.findIndex((each) => each.key === MODIFIED_FROM);
  return {
    code,
    now,
    records: [...standing.facts].sort(byTime).map((fact) => /** @type {RecordReading} */ (views.get(fact.id))),
    anchors: anchors(picks, views),
    milestones: shown,
    episodes: episodes(course, picks),
    phase: protocolJson.phases[present]?.key ?? "",
    phases,
    clock,
    next: way.next,
    path: way.path,
    pauses,
    criteria: criteriaOf(standing, protocol),
    decisions: decisionsOf(standing),
    outcomes,
    tips65,
    timers: timers(picks, clock, modified >= 0 && present >= modified),
    prompts: promptsOf(picks, clock, now, held),
    sound: soundOf(picks, clock, pauses),
    roles: roles(protocol, spells, held, lists),
    checklists: lists,
    intervals,
    targets,
    flags,
    conflicts,
    missing: missing(picks, way.path, code.outcome, closed, shown),
    counts: counts(standing),
  };
}

/**
 * The code itself. The mode is the one it was started in: no correction can turn a drill into a real code.
 * @param {Standing} standing
 * @param {Protocol} protocol
 * @returns {CodeReading}
 */
function codeReading(standing, protocol) {
  const facts = standing.facts;
  const started = facts.find((fact) => fact.kind === "code_started") ?? null;
  const mode = started?.entry.record.payload.value;
  /** @type {Fact | null} */
  let ending = null;
  for (const fact of standing.current) {
    if (fact.kind === "code_closed") ending = fact;
    else if (fact.kind === "code_reopened") ending = null;
  }
  let startedAt = started?.at ?? null;
  let head = 0;
  /** @type {number | null} */
  let firstReceived = null;
  for (const { entry } of facts) {
    if (entry.received !== null) {
      firstReceived = firstReceived === null ? entry.received : Math.min(firstReceived, entry.received);
    }
    head = Math.max(head, entry.seq ?? 0);
  }
  startedAt ??= firstReceived;
  return {
    id: facts[0]?.entry.record.code ?? null,
    name: text(started, "name"),
    mode: typeof mode === "string" && MODES.includes(mode) ? mode : "real",
    colour: text(started, "colour"),
    state: ending === null ? "open" : "closed",
    outcome: text(ending, "value"),
    started_at: startedAt,
    closed_at: ending && (ending.at ?? ending.entry.received ?? startedAt ?? 0),
    protocol: text(started, "protocol") ?? protocol.raw.key,
    head,
  };
}

/**
 * @param {Fact | null} fact
 * @param {string} key
 * @returns {string | null}
 */
function text(fact, key) {
  const value = fact?.payload[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/**
 * By time, then by place; records without a time stand where they arrived, else at the end.
 * @param {Fact} one
 * @param {Fact} other
 */
function byTime(one, other) {
  const a = one.at ?? one.entry.received;
  const b = other.at ?? other.entry.received;
  if (a === null || b === null) return Number(a === null) - Number(b === null) || one.place - other.place;
  return a - b || one.place - other.place;
}

/**
 * @param {Fact} fact
 * @param {Protocol} protocol
 * @returns {RecordReading}
 */
function view(fact, protocol) {
  const { entry } = fact;
  return {
    id: fact.id,
    seq: entry.seq,
    kind: fact.kind,
    label: labelOf(protocol, fact.kind),
    at: fact.at,
    raw_at: fact.rawAt,
    precision: fact.precision,
    certainty: fact.certainty,
    earliest: fact.earliest,
    latest: fact.latest,
    source: fact.source,
    null_reason: fact.null_reason,
    payload: fact.payload,
    role: entry.record.role,
    by: entry.by,
    received: entry.received,
    waiting: entry.seq === null,
    meta: fact.bookkeeping,
    target: entry.record.target,
    episode: fact.episode,
    flags: fact.flags,
    corrections: fact.corrections,
    voided: toldVoid(fact),
  };
}

/**
 * @param {Picks} picks
 * @param {Map<string, RecordReading>} views
 */
function anchors(picks, views) {
  /** @param {Fact | null} fact */
  const shown = (fact) => (fact && views.get(fact.id)) ?? null;
  return {
    arrest_onset: shown(picks.onset()),
    cpr_start: shown(picks.effective("cpr_start")),
    cannulation_start: shown(picks.effective("cannulation_start")),
    flow_established: shown(picks.effective("flow_established")),
  };
}

/**
 * @param {Course} course
 * @param {Picks} picks
 * @returns {EpisodeReading[]}
 */
function episodes(course, picks) {
  return course.episodes.map((episode, i) => {
    const onsets = picks.candidates("arrest_onset", "all").filter((fact) => fact.episode === episode.n);
    const chosen = picks.settled(onsets) ?? earliestPlausible(onsets) ?? episode.opener;
    return {
      n: episode.n,
      onset: chosen?.id ?? null,
      rosc: episode.rosc?.id ?? null,
      sustained: episode.sustained,
      rearrest: course.episodes[i + 1]?.opener?.id ?? null,
    };
  });
}

/**
 * @param {Protocol} protocol
 * @param {Map<string, Tenure[]>} spells
 * @param {Map<string, Holder[]>} held
 * @param {{ [role: string]: ItemReading[] }} lists
 * @returns {RoleReading[]}
 */
function roles(protocol, spells, held, lists) {
  const covers = covering(protocol.raw.roles, protocol.kinds, held);
  return protocol.raw.roles.map(({ key, label, short, team, essential }) => {
    const lines = lists[key] ?? [];
    return {
      key,
      label,
      short,
      team,
      essential,
      holders: held.get(key) ?? [],
      tenure: spells.get(key) ?? [],
      covers: covers.get(key) ?? [],
      done: lines.filter((line) => line.state === "done").length,
      total: lines.filter((line) => line.state !== "skipped").length,
    };
  });
}

/** @param {Standing} standing */
function counts(standing) {
  /** @param {(fact: Fact) => boolean} test */
  const count = (test) => standing.facts.filter(test).length;
  return {
    records: standing.facts.length,
    waiting: count((fact) => fact.entry.seq === null),
    corrected: count((fact) => fact.corrections.some((each) => !each.fills)),
    voided: count((fact) => fact.voidedBy !== null),
    late: count((fact) => fact.flags.includes("late_arrival")),
    estimated: standing.current.filter((fact) => fact.certainty === "estimated").length,
  };
}
