// The clocks of other devices: how far the defibrillator's, the monitor's, the pump's and the ambulance's are off, so that
// a time read from one of them can be put right. Both times are kept.

import { make, setText } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { readTime, timeOfDay } from "../lib/zone.js";
import { CLOCKS, offsetWords } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */

const DAY_S = 24 * 3600;

/**
 * @param {Desk} desk
 * @returns {Panel}
 */
export function clocksPanel(desk) {
  const rows = Object.entries(CLOCKS).map(([source, name]) => rowOf(source, name));
  const hint = make("p", {
    className: "sheet-meta",
    textContent:
      "Press Compare while you look at the device, then write what it showed. Times marked as read from it move by the difference.",
  });
  const element = make("div", { className: "sheet" }, hint, ...rows.map((row) => row.element));

  /**
   * @param {string} source
   * @param {string} name
   */
  function rowOf(source, name) {
    /** @type {number | null} */
    let looked = null;
    const state = make("p", { className: "sheet-meta" });
    const id = `clock-${source}`;
    const input = make("input", {
      id,
      className: "time-input digits",
      type: "text",
      inputMode: "numeric",
      autocomplete: "off",
      placeholder: "hh:mm:ss",
    });
    const label = make("label", { for: id });
    const fault = make("p", { className: "field-fault", id: `${id}-fault`, role: "status" });
    input.setAttribute("aria-describedby", fault.id);
    const form = make(
      "form",
      { className: "time-field", noValidate: true, hidden: true },
      label,
      make(
        "div",
        { className: "time-row" },
        input,
        make("button", { className: "chip", type: "submit", textContent: "Set" }),
      ),
      fault,
    );
    const compare = make("button", { className: "chip", type: "button", textContent: "Compare" });
    onPress(compare, desk.now, (at) => {
      looked = at;
      setText(label, `At ${timeOfDay(at, desk.zone, true)} it showed`);
      form.hidden = false;
      input.focus();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const offset = looked === null ? null : offsetOf(input.value, timeOfDay(looked, desk.zone, true));
      setText(fault, offset === null ? "Write it with its seconds, as 14:05:30." : "");
      if (offset === null || looked === null) return;
      desk.record({
        kind: "clock_offset",
        at: looked,
        source: "manual",
        payload: { value: source, offset_ms: offset },
      });
      input.value = "";
      form.hidden = true;
    });
    const element = make(
      "section",
      { className: "sheet-part" },
      make("h3", { textContent: name }),
      make("div", { className: "chips clock-row" }, compare, state),
      form,
    );
    return { source, element, state };
  }

  function render() {
    for (const { source, state } of rows) {
      const said = desk.reading.records.filter(
        (record) => record.kind === "clock_offset" && record.voided === null && record.payload.value === source,
      );
      // The log's order decides, as in the reading.
      const last = said.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity)).at(-1);
      const when = last?.at ? `, compared ${timeOfDay(last.at, desk.zone)}` : "";
      setText(state, last ? `${offsetWords(last.payload.offset_ms)}${when}` : "Not compared yet");
    }
  }

  return { title: "Device clocks", element, render, stays: true };
}

/**
 * How far a clock that shows `typed` is ahead of one that shows `now` ("14:05:30"), in ms; the shorter way round the day.
 * Null when no time with seconds was typed.
 * @param {string} typed
 * @param {string} now
 * @returns {number | null}
 */
export function offsetOf(typed, now) {
  const [shown, ours] = [readTime(typed), readTime(now)];
  if (shown === null || ours === null || shown.precision !== "second") return null;
  const ahead = secondsOf(shown) - secondsOf(ours);
  return (((((ahead + DAY_S / 2) % DAY_S) + DAY_S) % DAY_S) - DAY_S / 2) * 1000;
}

/** @param {{hour: number, minute: number, second: number}} time */
function secondsOf({ hour, minute, second }) {
  return hour * 3600 + minute * 60 + second;
}
