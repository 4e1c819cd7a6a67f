// The correction sheet: one record, what is known of it, and one-tap changes. Each change is a record of its own.

import { make, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { detailsPart } from "./details_view.js";
import { disputePart } from "./dispute.js";
import { timeField } from "./time_field.js";
import { author, CLOCKS, decisionWord, say, tilde, writer } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */
/** @import { RecordReading } from "../core/reading.js" */

const MINUTE = 60_000;
const SHIFTS = [-5, -2, -1, 1, 2, 5];
const STEP_S = 15;
const REASONS = ["wrong time", "wrong button", "duplicate", "late entry"];
/** @type {[string, string][]} */
const CERTAINTIES = [
  ["observed", "Observed"],
  ["record", "From a record"],
  ["estimated", "Estimated"],
  ["unknown", "Not sure"],
];
/** @type {[string, string][]} whose clock the time was read from */
const READ_FROM = [["manual", "Ours"], ...Object.entries(CLOCKS)];
const SPREADS = [1, 2, 5, 10];
const FUTURE_MS = 1000;

/**
 * @param {Desk} desk
 * @param {string} id
 * @param {{close: () => void, open: (panel: string) => void}} frame
 * @returns {Panel | null}
 */
export function correctionPanel(desk, id, frame) {
  if (!desk.find(id)) return null;
  let reason = /** @type {string} */ (REASONS[0]);
  /** @type {"" | "saved" | "onset" | "future"} */
  let done = "";
  const now = make("p", { className: "sheet-now" });
  const time = make("span", { className: "sheet-time digits" });
  const what = make("span", { className: "sheet-what" });
  const meta = make("p", { className: "sheet-meta" });
  const effect = make("p", { className: "sheet-effect", role: "status" });
  now.append(time, what);
  const shifts = make("div", { className: "chips shift-chips", role: "group", "aria-label": "Move the time" });
  for (const minutes of SHIFTS)
    shifts.append(chip(`${minutes > 0 ? "+" : "−"}${Math.abs(minutes)} min`, () => shift(minutes * MINUTE)));
  const steps = make("div", { className: "chips", role: "group", "aria-label": "Fine steps" });
  steps.append(
    chip(`−${STEP_S} s`, () => shift(-STEP_S * 1000)),
    chip(`+${STEP_S} s`, () => shift(STEP_S * 1000)),
  );
  const typed = timeField(desk, {
    label: `Time (${desk.zone})`,
    verb: "Set",
    chosen: (at, precision) => change({ at, precision, ...shiftedSpan(at) }),
  });
  const certainty = make("div", { className: "chips", role: "group", "aria-label": "How sure" });
  const certaintyChips = CERTAINTIES.map(([value, word]) => {
    const button = chip(word, () => change(certaintyChange(value)));
    certainty.append(button);
    return { value, button };
  });
  const sources = make("div", { className: "chips", role: "group", "aria-label": "Read from whose clock" });
  const sourceChips = READ_FROM.map(([value, word]) => {
    const button = chip(word, () => change({ source: value }));
    sources.append(button);
    return { value, button };
  });
  sources.append(chip("Compare clocks", () => frame.open("clocks")));
  const spread = make("div", { className: "chips", role: "group", "aria-label": "Give or take" });
  for (const minutes of SPREADS) spread.append(chip(`± ${minutes} min`, () => widen(minutes)));
  const bounds = make("div", { className: "bounds" });
  bounds.append(
    timeField(desk, {
      label: "Earliest",
      verb: "Set",
      chosen: (at) => change({ earliest: at, certainty: "estimated" }),
    }),
    timeField(desk, { label: "Latest", verb: "Set", chosen: (at) => change({ latest: at, certainty: "estimated" }) }),
  );
  const values = make("div", { className: "chips", role: "group", "aria-label": "Value" });
  for (const [payload, word] of valueChoices(desk, id)) values.append(chip(word, () => change({ payload })));
  const reasons = make("div", { className: "chips", role: "group", "aria-label": "Why" });
  const reasonChips = REASONS.map((word) => {
    const button = chip(word, () => {
      reason = word;
      render();
    });
    reasons.append(button);
    return { word, button };
  });
  const strike = make("button", { className: "chip chip-strike", type: "button", textContent: "Undo this entry" });
  onPress(strike, desk.now, () => {
    const record = desk.find(id);
    if (!record) return;
    desk.strike(id, reason, say(record, desk.protocol));
    frame.close();
  });
  const again = make("button", { className: "chip", type: "button", textContent: "Record again now" });
  onPress(again, desk.now, (at) => {
    const record = desk.find(id);
    if (record) desk.record({ kind: record.kind, at, payload: { ...record.payload } });
    frame.close();
  });
  const history = make("ol", { className: "sheet-history" });
  const dispute = disputePart(desk, id);
  const details = detailsPart(desk, id, values.childElementCount === 0, addDetail);
  const spreadPart = part("Give or take", spread, bounds);
  const valuePart = part("Value", values);
  const element = make(
    "div",
    { className: "sheet" },
    make("div", { className: "sheet-head" }, now, meta, effect),
    dispute.element,
    part("Time", shifts, make("div", { className: "sheet-row" }, steps, typed)),
    part("Read from whose clock", sources),
    part("How sure", certainty),
    spreadPart,
    valuePart,
    details.element,
    part("Why", reasons),
    part("This entry", make("div", { className: "chips" }, again, strike)),
    part("History", history),
  );

  /**
   * @param {string} words
   * @param {() => void} act
   */
  function chip(words, act) {
    const button = make("button", { className: "chip", type: "button", textContent: words });
    onPress(button, desk.now, act);
    return button;
  }

  /** @param {number} ms */
  function shift(ms) {
    const record = desk.find(id);
    if (!record || record.at === null) return;
    const at = record.at + ms;
    if (at > desk.now() + FUTURE_MS) {
      done = "future";
      render();
      return;
    }
    change({ at, ...shiftedSpan(at) });
  }

  /**
   * An estimate keeps its width when it moves.
   * @param {number} at
   */
  function shiftedSpan(at) {
    const record = desk.find(id);
    if (!record || record.at === null) return {};
    const by = at - record.at;
    return {
      ...(record.earliest === null ? {} : { earliest: record.earliest + by }),
      ...(record.latest === null ? {} : { latest: record.latest + by }),
    };
  }

  /** @param {number} minutes */
  function widen(minutes) {
    const at = desk.find(id)?.at;
    if (at === null || at === undefined) return;
    change({
      certainty: "estimated",
      earliest: at - minutes * MINUTE,
      latest: Math.min(at + minutes * MINUTE, Math.round(desk.now())),
    });
  }

  /** @param {string} value */
  function certaintyChange(value) {
    return value === "estimated" ? { certainty: value } : { certainty: value, earliest: null, latest: null };
  }

  /** @param {Record<string, any>} changes */
  function change(changes) {
    const record = desk.find(id);
    if (!record) return;
    desk.correct(record, onOurClock(record, changes), reason);
    done = "at" in changes && record.kind === "arrest_onset" ? "onset" : "saved";
  }

  /**
   * A time moved by hand is meant on our clock. On an entry whose time was read from another one the offset would be taken off
   * once more, so such a change says that the time is ours now.
   * @param {RecordReading} record
   * @param {Record<string, any>} changes
   */
  function onOurClock(record, changes) {
    const moves = ["at", "earliest", "latest"].some((name) => name in changes);
    if (!moves || "source" in changes || !record.flags.includes("corrected_clock")) return changes;
    const { at, earliest, latest } = record;
    return { at, earliest, latest, ...changes, source: "manual" };
  }

  /**
   * Filling in what was empty puts nothing right, so no reason is taken from below.
   * @param {Record<string, unknown>} payload
   */
  function addDetail(payload) {
    const record = desk.find(id);
    if (!record) return;
    const fills = Object.keys(payload).every((key) => (record.payload[key] ?? null) === null);
    desk.correct(record, { payload }, fills ? "detail added" : reason);
    done = "saved";
  }

  /** What the last change did, from the reading that follows it. */
  function effectWords() {
    const { deadline } = desk.reading.clock;
    if (done === "future") return "That would be in the future: the entry stays where it is.";
    if (done === "onset" && deadline !== null) return `Saved. Flow by ${timeOfDay(deadline, desk.zone, true)} now.`;
    return done === "" ? "" : "Saved.";
  }

  function render() {
    const record = desk.find(id);
    if (!record) return;
    const closed = record.voided !== null;
    dispute.render();
    details.render();
    setText(effect, effectWords());
    setText(
      time,
      record.at === null
        ? "no time"
        : `${tilde(record.certainty, record.precision)}${timeOfDay(record.at, desk.zone, record.precision === "second")}`,
    );
    setText(what, say(record, desk.protocol));
    setAttribute(now, "data-struck", closed ? "yes" : null);
    setText(meta, metaWords(record));
    for (const { value, button } of certaintyChips)
      setAttribute(button, "aria-pressed", String(record.certainty === value));
    const foreign = record.source in CLOCKS;
    for (const { value, button } of sourceChips)
      setAttribute(button, "aria-pressed", String(foreign ? record.source === value : value === "manual"));
    for (const { word, button } of reasonChips) setAttribute(button, "aria-pressed", String(reason === word));
    show(spreadPart, record.certainty === "estimated");
    show(valuePart, values.childElementCount > 0);
    show(strike, !closed);
    history.replaceChildren(...historyOf(record).map((line) => make("li", { textContent: line })));
  }

  /** @param {RecordReading} record */
  function metaWords(record) {
    const heard =
      record.received === null ? "on this device only" : `heard ${timeOfDay(record.received, desk.zone, true)}`;
    const bits = [`by ${writer(record, desk.protocol)}`, heard];
    const doubt = desk.doubt(id);
    if (doubt !== null) bits.push(`clock ±${(Math.ceil(doubt / 100) / 10).toFixed(1)} s`);
    if (record.flags.includes("corrected_clock")) {
      const shown = timeShown(record);
      if (shown !== null)
        bits.push(
          `${(CLOCKS[record.source] ?? "its").toLowerCase()} clock showed ${timeOfDay(shown, desk.zone, true)}`,
        );
    }
    if (record.earliest !== null && record.latest !== null) {
      bits.push(`between ${timeOfDay(record.earliest, desk.zone)} and ${timeOfDay(record.latest, desk.zone)}`);
    }
    return bits.join(" · ");
  }

  /**
   * What the clock showed that a time was read from, before that clock's offset was taken off.
   * @param {RecordReading} record
   * @returns {number | null}
   */
  function timeShown(record) {
    const typed = record.corrections.filter((each) => "at" in each.changes).at(-1);
    return typed ? typed.changes.at : record.raw_at;
  }

  /**
   * @param {RecordReading} record
   * @returns {string[]} newest first
   */
  function historyOf(record) {
    const lines = [`${timeWord(record.raw_at)}recorded by ${writer(record, desk.protocol)}`];
    for (const each of record.corrections) {
      const who = author(each, desk.protocol);
      lines.push(`${timeWord(each.at)}${changeWords(each.changes, each.before)} by ${who}${whyWord(each.reason)}`);
    }
    if (record.voided) {
      const who = author(record.voided, desk.protocol);
      lines.push(`${timeWord(record.voided.at)}undone by ${who}${whyWord(record.voided.reason)}`);
    }
    return lines.reverse();
  }

  /** @param {number | null} at */
  function timeWord(at) {
    return at === null ? "" : `${timeOfDay(at, desk.zone, true)} `;
  }

  /** @param {unknown} reason */
  function whyWord(reason) {
    return typeof reason === "string" && reason !== "" ? `: ${reason}` : "";
  }

  /**
   * @param {Record<string, any>} changes
   * @param {Record<string, any>} before
   */
  function changeWords(changes, before) {
    return Object.entries(changes)
      .map(([key, value]) => {
        if (["at", "earliest", "latest"].includes(key)) {
          const name = key === "at" ? "time" : key;
          const told = (/** @type {unknown} */ at) =>
            typeof at === "number" ? timeOfDay(at, desk.zone, true) : "none";
          return `${name} ${told(before[key])} → ${told(value)}`;
        }
        if (key === "payload") return `value → ${Object.values(value).join(" ")}`;
        return `${key} → ${String(value ?? "none")}`;
      })
      .join(", ");
  }

  return { title: "Correct", element, render };
}

/**
 * @param {string} title
 * @param {...HTMLElement} children
 */
export function part(title, ...children) {
  return make("section", { className: "sheet-part" }, make("h3", { textContent: title }), ...children);
}

/**
 * What the value of a record may be changed to with one tap.
 * @param {Desk} desk
 * @param {string} id
 * @returns {[Record<string, any>, string][]}
 */
function valueChoices(desk, id) {
  const kind = desk.find(id)?.kind;
  if (kind === "rhythm_check") {
    return desk.protocol.rhythms
      .filter((each) => each.common || each.value === "organised")
      .map((each) => [{ value: each.value }, each.label]);
  }
  if (kind === "ecpr_decision") return ["go", "no_go", "wait"].map((value) => [{ value }, decisionWord(value)]);
  const value = kind === undefined ? undefined : desk.protocol.kinds[kind]?.value;
  if (value?.reason) return (value.choices ?? []).map((choice) => [{ value: choice.value }, choice.label]);
  if (kind === "shock") return [120, 150, 200, 360].map((value) => [{ value, unit: "J" }, `${value} J`]);
  return [];
}
