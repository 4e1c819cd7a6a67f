// The criteria and the decision: each line answered yes, no or not known by anyone, what stands against it named, and the
// decision said with its reasons. Advisory: nothing here decides, and every earlier decision stays in sight.

import { make, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { part } from "./correction_view.js";
import { decisionWord, writer } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */
/** @import { CriteriaReading, CriterionReading } from "../core/criteria.js" */

/** @type {[string, string, string][]} */
const ANSWERS = [
  ["yes", "Yes", "Yes"],
  ["no", "No", "No"],
  ["unknown", "?", "Not known"],
];
const REASONS = ["waiting for gas", "waiting for echo", "team not ready", "no consent", "pulse is back"];
const WEIGHTS = /** @type {Record<string, string>} */ ({ hard: "hard stop", soft: "", override: "override" });

/**
 * @param {Desk} desk
 * @returns {Panel}
 */
export function criteriaPanel(desk) {
  /** @type {Set<string>} */
  const chosen = new Set();
  const summary = make("p", { className: "criteria-summary", role: "status" });
  const list = make("ul", { className: "criteria" });
  const rows = desk.reading.criteria.lines.map((line) => rowOf(line));
  list.append(...rows.map((row) => row.element));
  const reviewed = chip("Gone through aloud", (at) => desk.record({ kind: "criteria_reviewed", at }));
  const reasons = make("div", { className: "chips", role: "group", "aria-label": "Reasons" });
  const reasonChips = [...desk.reading.criteria.lines.map((line) => line.text), ...REASONS].map((words) => {
    const button = chip(words, () => {
      if (!chosen.delete(words)) chosen.add(words);
      render();
    });
    reasons.append(button);
    return { words, button };
  });
  const decisions = make("div", { className: "chips", role: "group", "aria-label": "ECPR decision" });
  for (const value of ["go", "no_go", "wait"]) {
    decisions.append(
      chip(decisionWord(value), (at) => {
        const reason = [...chosen].join("; ");
        desk.record({ kind: "ecpr_decision", at, payload: { value, ...(reason === "" ? {} : { reason }) } });
        chosen.clear();
      }),
    );
  }
  const history = make("ol", { className: "sheet-history" });
  const historyPart = part("Decisions", history);
  const element = make(
    "div",
    { className: "sheet" },
    make(
      "div",
      { className: "sheet-head" },
      make("p", {
        className: "sheet-meta",
        textContent: `${desk.protocol.criteria.name}. The decision is the team's.`,
      }),
      summary,
    ),
    list,
    make("div", { className: "chips" }, reviewed),
    part("Because", reasons),
    part("ECPR decision", decisions),
    historyPart,
  );

  /**
   * @param {string} words
   * @param {(at: number) => void} act
   */
  function chip(words, act) {
    const button = make("button", { className: "chip", type: "button", textContent: words });
    onPress(button, desk.now, act);
    return button;
  }

  /** @param {CriterionReading} line */
  function rowOf({ key, text, weight }) {
    const words = make("span", { className: "criterion-text", textContent: text });
    const tag = make("span", { className: "criterion-weight" });
    const group = make("div", { className: "criterion-answers", role: "group", "aria-label": text });
    const buttons = ANSWERS.map(([answer, word, name]) => {
      const button = chip(word, (at) =>
        desk.record({ kind: "criterion_answered", at, payload: { value: key, answer } }, `${text}: ${name}`),
      );
      if (word !== name) button.setAttribute("aria-label", `${word} ${name}`);
      group.append(button);
      return { answer, button };
    });
    const element = make("li", { className: "criterion" }, make("p", {}, words, tag), group);
    return { key, weight, element, tag, buttons };
  }

  function render() {
    const { criteria, records } = desk.reading;
    setText(summary, criteriaWords(criteria));
    for (const row of rows) {
      const line = criteria.lines.find((each) => each.key === row.key);
      if (!line) continue;
      setAttribute(row.element, "data-state", line.state);
      setText(row.tag, [WEIGHTS[row.weight], STATES[line.state]].filter((word) => word).join(", "));
      for (const { answer, button } of row.buttons)
        setAttribute(button, "aria-pressed", String(line.answer === answer));
    }
    const against = new Set(criteria.lines.filter((line) => speaks(line.state)).map((line) => line.text));
    for (const { words, button } of reasonChips) {
      show(button, against.has(words) || REASONS.includes(words) || chosen.has(words));
      setAttribute(button, "aria-pressed", String(chosen.has(words)));
    }
    const told = [...desk.reading.decisions].reverse().map((each) => {
      const record = records.find((one) => one.id === each.id);
      const at = each.at === null ? "" : `${timeOfDay(each.at, desk.zone, true)} `;
      const who = record ? ` by ${writer(record, desk.protocol)}` : "";
      return `${at}${decisionWord(each.value)}${who}${each.reason === null ? "" : `: ${each.reason}`}`;
    });
    show(historyPart, told.length > 0);
    history.replaceChildren(...told.map((line) => make("li", { textContent: line })));
  }

  return { title: "Criteria and decision", element, render, stays: true };
}

/** @type {Record<string, string>} */
const STATES = { against: "against", overrides: "counts in spite of others", unknown: "not known" };

/** @param {string} state */
function speaks(state) {
  return state === "against" || state === "overrides";
}

/**
 * Where the answers stand, in one line: what is against is named, what is not known never counts.
 * @param {CriteriaReading} criteria
 * @returns {string}
 */
export function criteriaWords({ lines, met, hard, soft, overrides, unknown, open }) {
  const textOf = (/** @type {string} */ key) => lines.find((line) => line.key === key)?.text ?? key;
  const named = (/** @type {string} */ name, /** @type {string[]} */ keys) =>
    keys.length === 0 ? [] : [`${name}: ${keys.map(textOf).join(", ")}`];
  const counted = (/** @type {number} */ count, /** @type {string} */ words) =>
    count === 0 ? [] : [`${count} ${words}`];
  return [
    ...named("HARD STOP", hard),
    ...named("Against", soft),
    ...named("Override", overrides),
    ...counted(met.length, "for"),
    ...counted(unknown.length, "not known"),
    ...counted(open.length, "open"),
  ].join(" · ");
}
