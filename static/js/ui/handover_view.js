// What to say when the patient goes from one team to the next, read from the record in a fixed order. What was not
// recorded is named as that, so that somebody says it.

import { make, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { say, tilde } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */
/** @import { RecordReading } from "../core/reading.js" */

const DONE = "handover_done";

/**
 * @param {Desk} desk
 * @returns {Panel}
 */
export function handoverPanel(desk) {
  const rows = (desk.protocol.handover ?? []).map((line) => ({
    line,
    words: make("dd", {}),
  }));
  const list = make("dl", { className: "handover" });
  for (const { line, words } of rows) list.append(make("div", {}, make("dt", { textContent: line.text }), words));
  const said = make("p", { className: "sheet-meta", role: "status" });
  const done = make("button", { className: "chip", type: "button", textContent: "Handover done" });
  onPress(done, desk.now, (at) => desk.record({ kind: DONE, at }));
  const element = make("div", { className: "sheet" }, list, make("div", { className: "chips" }, done), said);

  function render() {
    for (const { line, words } of rows) {
      const told = handoverWords(desk, line.kinds);
      setText(words, told.length === 0 ? "not recorded" : told.join("; "));
      words.dataset.blank = told.length === 0 ? "yes" : "no";
    }
    const received = desk.reading.milestones[DONE];
    setText(said, received ? `Handover done ${timeOfDay(received.at, desk.zone)}` : "");
    show(said, received !== undefined);
  }

  return { title: "Hand over", element, render, stays: true };
}

/**
 * What was recorded of some kinds, in the order of the kinds and then of time; what was recorded alike more than once
 * stands once, with how often and from when to when: "Adrenaline 1 mg ×3, 10:02–10:14".
 * @param {Desk} desk
 * @param {string[]} kinds
 * @returns {string[]}
 */
export function handoverWords({ reading, protocol, zone }, kinds) {
  return kinds.flatMap((kind) => {
    /** @type {Map<string, RecordReading[]>} */
    const alike = new Map();
    for (const record of reading.records) {
      if (record.kind !== kind || record.voided !== null) continue;
      const words = say(record, protocol);
      alike.set(words, [...(alike.get(words) ?? []), record]);
    }
    return [...alike].map(([words, records]) => {
      const times = records.map((record) => timeWords(record, zone)).filter((time) => time !== "");
      const count = records.length > 1 ? ` ×${records.length},` : "";
      return [`${words}${count}`, [...new Set([times[0], times.at(-1)])].filter(Boolean).join("–")]
        .filter(Boolean)
        .join(" ");
    });
  });
}

/**
 * @param {RecordReading} record
 * @param {string} zone
 */
function timeWords({ at, certainty, precision }, zone) {
  return at === null ? "" : `${tilde(certainty, precision)}${timeOfDay(at, zone)}`;
}
