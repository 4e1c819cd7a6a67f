// Words for records, states and spans of time, the same on every part of the board.

import { mmss } from "../core/clock.js";

/** @import { ProtocolJson } from "../core/protocol.js" */
/** @import { Reading, RecordReading } from "../core/reading.js" */
/** @import { By } from "../core/records.js" */

const DECISIONS = /** @type {Record<string, string>} */ ({ go: "YES", no_go: "NO", wait: "WAIT" });

/** @type {Record<string, string>} */
export const ANSWER_WORDS = { done: "Done", not_yet: "Not yet", not_applicable: "Not applicable" };

/** @type {Record<string, string>} the clocks that are not ours, by the source of a record */
export const CLOCKS = { defib: "Defibrillator", monitor: "Monitor", pump: "Pump", ems: "Ambulance" };

/** @type {Record<string, string>} */
const PHRASES = {
  code_started: "Code started",
  code_reopened: "Code resumed",
  role_taken: "taken",
  role_released: "left",
  sound_taken: "Sound from this device",
  sound_released: "Sound off",
};

/**
 * What a record says, in the few words of a feed line: "Shock 200 J", "Adrenaline 1 mg", "Rhythm VF".
 * @param {Pick<RecordReading, "kind" | "label" | "payload">} record
 * @param {ProtocolJson} protocol
 * @returns {string}
 */
export function say(record, protocol) {
  const { kind, payload } = record;
  const value = payload.value;
  const short = protocol.kinds[kind]?.short ?? record.label;
  if (kind === "drug") {
    const drug = protocol.drugs.find((each) => each.value === value);
    return [drug?.label ?? String(value ?? "Drug"), payload.dose, payload.unit].filter(isSaid).join(" ");
  }
  if (kind === "rhythm_check") {
    const rhythm = protocol.rhythms.find((each) => each.value === value);
    return value === "unknown" || !isSaid(value) ? "Rhythm check" : `Rhythm ${rhythm?.label ?? String(value)}`;
  }
  if (kind === "ecpr_decision") return `ECPR decision ${DECISIONS[String(value)] ?? String(value ?? "")}`.trim();
  if (kind === "role_taken" || kind === "role_released") return `${roleName(protocol, value)} ${PHRASES[kind]}`;
  if (kind === "code_closed") {
    return `Code ended: ${protocol.outcomes.find((each) => each.key === value)?.label ?? String(value ?? "")}`;
  }
  if (kind === "note") return `Note: ${String(value ?? "")}`;
  if (kind === "target_passed") return `Target passed: ${protocol.targets[String(value)]?.label ?? String(value)}`;
  if (kind === "prompt_raised") return `Asked: ${promptText(protocol, value)}`;
  if (kind === "prompt_answered")
    return `${ANSWER_WORDS[String(payload.answer)] ?? "?"}: ${promptText(protocol, value)}`;
  if (kind === "clock_offset") return `${CLOCKS[String(value)] ?? "A"} clock ${offsetWords(payload.offset_ms)}`;
  if (kind.startsWith("item_")) return `${itemWord(kind)} ${itemText(protocol, String(value))}`;
  if (kind === "criterion_answered") {
    const line = protocol.criteria.lines.find((each) => each.key === value);
    return `${line?.text ?? String(value)}: ${payload.answer === "unknown" ? "not known" : String(payload.answer ?? "?")}`;
  }
  const phrase = PHRASES[kind];
  if (phrase !== undefined) return phrase;
  if (protocol.kinds[kind]?.value?.reason && typeof value === "string" && value !== "") return `${short}: ${value}`;
  if (typeof value === "boolean") return `${short} ${value ? "yes" : "no"}`;
  return [short, isSaid(value) && typeof value !== "object" ? value : null, payload.unit].filter(isSaid).join(" ");
}

/**
 * @param {unknown} part
 * @returns {boolean}
 */
function isSaid(part) {
  return part !== null && part !== undefined && part !== "";
}

/**
 * @param {ProtocolJson} protocol
 * @param {unknown} key
 */
function promptText(protocol, key) {
  return protocol.prompts.find((each) => each.key === key)?.text ?? String(key);
}

/** @param {string} kind */
function itemWord(kind) {
  return kind === "item_ticked" ? "Ticked" : kind === "item_unticked" ? "Unticked" : "Skipped";
}

/**
 * @param {ProtocolJson} protocol
 * @param {string} id
 */
function itemText(protocol, id) {
  for (const role of protocol.roles) for (const item of role.items) if (item.id === id) return item.text;
  return id;
}

/**
 * @param {ProtocolJson} protocol
 * @param {unknown} key
 * @returns {string}
 */
export function roleName(protocol, key) {
  const role = protocol.roles.find((each) => each.key === key);
  return role?.short ?? (typeof key === "string" && key !== "" ? key : "No role");
}

/**
 * Who wrote a record: the role when there is one, else the device's name.
 * @param {Pick<RecordReading, "role" | "by">} record
 * @param {ProtocolJson} protocol
 * @returns {string}
 */
export function author(record, protocol) {
  return record.role ? roleName(protocol, record.role) : record.by.label || "A device";
}

/**
 * Who moved the arrest time last, and why: "corrected by Team leader: wrong clock". Empty when nobody is known.
 * @param {RecordReading[]} records
 * @param {ProtocolJson} protocol
 * @returns {string}
 */
export function whoMovedOnset(records, protocol) {
  let newest = { seq: -1, words: "" };
  /** @type {(verb: string, told: {seq: number | null, role: string | null, by: By, reason?: unknown}) => void} */
  const hear = (verb, told) => {
    // What still waits on this device is the newest of all.
    const seq = told.seq ?? Number.MAX_SAFE_INTEGER;
    const why = typeof told.reason === "string" && told.reason !== "" ? `: ${told.reason}` : "";
    if (seq > newest.seq) newest = { seq, words: `${verb} by ${author(told, protocol)}${why}` };
  };
  const onsets = new Set(records.filter((record) => record.kind === "arrest_onset").map((record) => record.id));
  for (const record of records) {
    if (record.kind === "adjudication" && record.target !== null && onsets.has(record.target)) hear("settled", record);
    if (record.kind !== "arrest_onset") continue;
    hear("recorded", record);
    for (const each of record.corrections) hear("corrected", each);
    if (record.voided) hear("undone", record.voided);
  }
  return newest.words;
}

/**
 * How far a clock is off: "6:52 ahead", "0:05 behind", "right".
 * @param {unknown} ms positive is ahead
 * @returns {string}
 */
export function offsetWords(ms) {
  if (typeof ms !== "number") return "off";
  return ms === 0 ? "right" : `${span(Math.abs(ms))} ${ms > 0 ? "ahead" : "behind"}`;
}

/**
 * A span as people say it: "0:42", "12:05", "1:02:05".
 * @param {number} ms not negative
 * @returns {string}
 */
export function span(ms) {
  return mmss(Math.max(0, Math.floor(ms / 1000))).replace(/^0(\d:)/, "$1");
}

/**
 * The state of something that comes due: its words and which of the four looks it has.
 * @param {number | null} due UTC ms
 * @param {number} now UTC ms
 * @param {number} [soon] ms before it is due at which it counts as due soon
 * @returns {{state: "open" | "track" | "soon" | "over", words: string}}
 */
export function dueWords(due, now, soon = 120_000) {
  if (due === null) return { state: "open", words: "" };
  if (now > due) return { state: "over", words: `+${span(now - due)} over` };
  return { state: due - now <= soon ? "soon" : "track", words: `${span(due - now)} left` };
}

/**
 * Whether a moment is marked as uncertain; a tilde then stands before it.
 * @param {string | null} certainty
 * @param {string | null} precision
 * @returns {string} "~" or nothing
 */
export function tilde(certainty, precision) {
  return certainty === "estimated" || certainty === "unknown" || precision === "about" ? "~" : "";
}

/**
 * The decision that stands: "go", "no_go", "wait", or null.
 * @param {Reading} reading
 * @returns {string | null}
 */
export function decisionOf(reading) {
  const value = reading.milestones.ecpr_decision?.value;
  return typeof value === "string" ? value : null;
}

/**
 * @param {string | null} decision
 * @returns {string}
 */
export function decisionWord(decision) {
  return decision === null ? "" : (DECISIONS[decision] ?? decision);
}

/**
 * Who wrote a record, in full: the role, and the device where that says more.
 * @param {Pick<RecordReading, "role" | "by">} record
 * @param {ProtocolJson} protocol
 * @returns {string}
 */
export function writer(record, protocol) {
  const who = author(record, protocol);
  return who === record.by.label || record.by.label === "" ? who : `${who} · ${record.by.label}`;
}
