/**
 * How each record stands today: corrections applied, voids and settlements found, device clocks put right.
 * Twin of timeline/core/standing.py. Order is the log's own (`place`); device time never orders anything.
 */

import { TARGETING } from "./records.js";

/** @import { By, EntryJson, Payload } from "./records.js" */
/** @import { Protocol } from "./protocol.js" */

/**
 * @typedef {object} Told  Who changed something, when and why.
 * @property {string} id
 * @property {number | null} seq
 * @property {number | null} at
 * @property {By} by
 * @property {string | null} role
 * @property {import("./records.js").JsonValue} reason
 *
 * @typedef {Told & { changes: { [key: string]: any }, before: { [key: string]: any },
 *   fills: boolean }} ToldCorrection
 */

const UNCERTAIN = ["estimated", "unknown"];
const COARSE = ["minute", "about"];
const TIME_FIELDS = /** @type {const} */ ([
  "at",
  "precision",
  "certainty",
  "earliest",
  "latest",
  "source",
  "null_reason",
]);
const OUTDATED_BY_TIME = /** @type {const} */ (["earliest", "latest", "null_reason"]);

/** A record as it stands now. `place` is its rank in the log; times are UTC ms on the corrected clock. */
export class Fact {
  /**
   * @param {number} place
   * @param {EntryJson} entry
   * @param {boolean} bookkeeping
   */
  constructor(place, entry, bookkeeping) {
    const record = entry.record;
    this.place = place;
    this.entry = entry;
    this.id = record.id;
    this.kind = record.kind;
    this.at = record.at;
    this.rawAt = record.at;
    this.precision = record.precision;
    this.certainty = record.certainty;
    this.earliest = record.earliest;
    this.latest = record.latest;
    this.source = record.source;
    this.null_reason = record.null_reason;
    /** @type {Payload} */
    this.payload = record.payload;
    this.bookkeeping = bookkeeping;
    this.flags = [...entry.flags];
    this.episode = 1;
    /** @type {ToldCorrection[]} */
    this.corrections = [];
    /** @type {EntryJson[]} */
    this.correctedBy = [];
    /** @type {Set<string>} what people corrected without knowing of each other */
    this.disputed = new Set();
    /** @type {Fact | null} */
    this.voidedBy = null;
  }

  /** The main thing the record says. */
  get value() {
    return this.payload.value ?? null;
  }

  /** The time, for facts that are known to have one. */
  get time() {
    return this.at ?? 0;
  }

  get device() {
    return this.entry.by.device;
  }

  get deviceLabel() {
    return this.entry.by.label;
  }

  /** Whether the time is known to the minute at best. */
  get coarse() {
    return COARSE.includes(this.precision);
  }

  /** Whether the time is not a witnessed one, so that its window counts. */
  get estimated() {
    return UNCERTAIN.includes(this.certainty);
  }

  /** The earliest the event may have been; only for facts that have a time. */
  get earliestPlausible() {
    return this.earliest ?? this.time;
  }

  /** The latest the event may have been; only for facts that have a time. */
  get latestPlausible() {
    return this.latest ?? this.time;
  }

  /** @param {string} name */
  flag(name) {
    if (!this.flags.includes(name)) this.flags.push(name);
  }

  /** @param {string} name */
  unflag(name) {
    this.flags = this.flags.filter((each) => each !== name);
  }
}

/**
 * @typedef {object} Standing  All facts in log order, those that count, and what was settled.
 * @property {Fact[]} facts
 * @property {Map<string, Fact>} byId
 * @property {Fact[]} current
 * @property {Map<string, Fact[]>} ofKind
 * @property {Map<string, number>} settled
 */

/**
 * How the records stand. An id that is there twice (confirmed and waiting) counts once, as confirmed.
 * @param {Iterable<EntryJson>} entries
 * @param {Protocol} protocol
 * @returns {Standing}
 */
export function stand(entries, protocol) {
  const facts = factsOf(entries, protocol);
  const byId = new Map(facts.map((fact) => [fact.id, fact]));
  applyVoids(facts, byId);
  applyCorrections(facts, byId);
  putClocksRight(facts);
  const current = facts.filter((fact) => fact.voidedBy === null && !fact.bookkeeping);
  /** @type {Map<string, Fact[]>} */
  const ofKind = new Map();
  for (const fact of current) {
    const held = ofKind.get(fact.kind);
    if (held) held.push(fact);
    else ofKind.set(fact.kind, [fact]);
  }
  return { facts, byId, current, ofKind, settled: settlements(facts, byId) };
}

/**
 * The current facts of a kind that have a time, in log order.
 * @param {Standing} standing
 * @param {string} kind
 */
export function timed(standing, kind) {
  return (standing.ofKind.get(kind) ?? []).filter((fact) => fact.at !== null);
}

/**
 * @param {Iterable<EntryJson>} entries
 * @param {Protocol} protocol
 */
function factsOf(entries, protocol) {
  /** @type {EntryJson[]} */
  const confirmed = [];
  /** @type {EntryJson[]} */
  const waiting = [];
  for (const entry of entries) (entry.seq === null ? waiting : confirmed).push(entry);
  confirmed.sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
  const seen = new Set();
  /** @type {Fact[]} */
  const facts = [];
  for (const entry of [...confirmed, ...waiting]) {
    if (seen.has(entry.record.id)) continue;
    seen.add(entry.record.id);
    facts.push(new Fact(facts.length, entry, protocol.kinds.get(entry.record.kind)?.bookkeeping ?? false));
  }
  return facts;
}

/**
 * Voids, the latest first, so that an undone undo is known to be undone before it is applied.
 * @param {Fact[]} facts
 * @param {Map<string, Fact>} byId
 */
function applyVoids(facts, byId) {
  for (let i = facts.length - 1; i >= 0; i--) {
    const fact = /** @type {Fact} */ (facts[i]);
    if (fact.kind !== "void" || fact.voidedBy !== null) continue;
    const target = byId.get(fact.entry.record.target ?? "");
    if (!target) fact.flag("dangling");
    else if (target.kind !== "void" || target.place < fact.place) target.voidedBy = fact;
  }
}

/**
 * @param {Fact[]} facts
 * @param {Map<string, Fact>} byId
 */
function applyCorrections(facts, byId) {
  for (const fact of facts) {
    if (fact.kind !== "correction" || fact.voidedBy !== null) continue;
    const target = byId.get(fact.entry.record.target ?? "");
    const changes = fact.payload.changes;
    if (!target) fact.flag("dangling");
    else if (!TARGETING.includes(target.kind) && isObject(changes)) correct(target, fact, changes);
  }
}

/**
 * @param {unknown} value
 * @returns {value is { [key: string]: any }}
 */
function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * @param {Fact} target
 * @param {Fact} correction
 * @param {{ [key: string]: any }} changes
 */
function correct(target, correction, changes) {
  /** @type {{ [key: string]: any }} */
  const before = {};
  // Whoever corrects something with all earlier corrections of it in sight has settled what was in dispute about it.
  // Two people who each add another detail do not disagree.
  const mine = touched(changes);
  for (const each of mine) target.disputed.delete(each);
  for (const earlier of target.correctedBy) {
    if (!isUnseen(earlier, correction.entry)) continue;
    const theirs = touched(/** @type {{ [key: string]: any }} */ (earlier.record.payload.changes));
    for (const each of mine) if (theirs.includes(each)) target.disputed.add(each);
  }
  if (target.disputed.size > 0) target.flag("concurrent_correction");
  else target.unflag("concurrent_correction");
  const held = /** @type {{ [key: string]: any }} */ (/** @type {unknown} */ (target));
  /** @param {string} name @param {any} value */
  const put = (name, value) => {
    before[name] = held[name];
    held[name] = value;
  };
  for (const name of TIME_FIELDS) if (Object.hasOwn(changes, name)) put(name, changes[name]);
  if (Object.hasOwn(changes, "at")) {
    // A new time makes an old window, or an old reason for having no time, untrue.
    for (const name of OUTDATED_BY_TIME) if (!Object.hasOwn(changes, name) && held[name] !== null) put(name, null);
  }
  if (isObject(changes.payload)) {
    const old = target.payload;
    before.payload = Object.fromEntries(
      Object.keys(changes.payload).map((key) => [key, Object.hasOwn(old, key) ? old[key] : null]),
    );
    target.payload = { ...old, ...changes.payload };
  }
  target.correctedBy.push(correction.entry);
  const fills =
    Object.keys(before).join() === "payload" && Object.values(before.payload).every((value) => value === null);
  target.corrections.push({ ...told(correction), changes, before, fills });
}

/**
 * What a correction changes: its time, as one thing, and each key of its payload.
 * @param {{ [key: string]: any }} changes
 */
function touched(changes) {
  const keys = isObject(changes.payload) ? Object.keys(changes.payload).map((key) => `payload ${key}`) : [];
  return TIME_FIELDS.some((name) => Object.hasOwn(changes, name)) ? [...keys, "time"] : keys;
}

/**
 * Whether the writer of a record did not know of an earlier one, which another device wrote.
 * @param {EntryJson} earlier
 * @param {EntryJson} later
 */
function isUnseen(earlier, later) {
  if (earlier.record.device === later.record.device) return false;
  return earlier.seq === null || later.record.seen < earlier.seq;
}

/**
 * @param {Fact} fact
 * @returns {Told}
 */
function told(fact) {
  return {
    id: fact.id,
    seq: fact.entry.seq,
    at: fact.at,
    by: fact.entry.by,
    role: fact.entry.record.role,
    reason: fact.payload.reason ?? null,
  };
}

/**
 * Who undid this fact, when and why; null when it stands.
 * @param {Fact} fact
 * @returns {Told | null}
 */
export function toldVoid(fact) {
  return fact.voidedBy === null ? null : told(fact.voidedBy);
}

/**
 * Times of a source whose clock is known to be off are moved; the raw time stays in `rawAt`.
 * @param {Fact[]} facts
 */
function putClocksRight(facts) {
  /** @type {Map<string, number>} */
  const offsets = new Map();
  for (const fact of facts) {
    if (fact.kind !== "clock_offset" || fact.voidedBy !== null) continue;
    const source = fact.value;
    const offset = fact.payload.offset_ms;
    if (typeof source === "string" && typeof offset === "number" && Number.isInteger(offset)) {
      offsets.set(source, offset);
    }
  }
  if (offsets.size === 0) return;
  for (const fact of facts) {
    const offset = offsets.get(fact.source);
    if (offset === undefined || fact.bookkeeping) continue;
    fact.flag("corrected_clock");
    if (fact.at !== null) fact.at -= offset;
    if (fact.earliest !== null) fact.earliest -= offset;
    if (fact.latest !== null) fact.latest -= offset;
  }
}

/**
 * @param {Fact[]} facts
 * @param {Map<string, Fact>} byId
 */
function settlements(facts, byId) {
  /** @type {Map<string, number>} */
  const settled = new Map();
  for (const fact of facts) {
    if (fact.kind !== "adjudication" || fact.voidedBy !== null) continue;
    const target = byId.get(fact.entry.record.target ?? "");
    if (target) settled.set(target.id, fact.place);
    else fact.flag("dangling");
  }
  return settled;
}
