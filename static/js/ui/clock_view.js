// The two clocks: time left to the target and time elapsed, with the anchor they count from beside them.

import { elapsed, mmss, remaining } from "../core/clock.js";
import { ticked } from "../lib/beat.js";
import { icon, make, required, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { decisionOf, tilde } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { ClockReading } from "../core/countdown.js" */

const AGO_MINUTES = [1, 2, 5, 10];
const MINUTE = 60_000;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 */
export function clockView(root, desk, open) {
  const hero = required("[data-hero]", HTMLElement, root);
  const chip = required("[data-chip]", HTMLElement, root);
  const chipWord = required("[data-chip-word]", HTMLElement, root);
  const chipIcon = required("[data-chip] svg", SVGElement, root);
  const title = required("[data-title]", HTMLElement, root);
  const by = required("[data-by]", HTMLElement, root);
  const second = required("[data-second]", HTMLElement, root);
  const secondWord = required("[data-second-word]", HTMLElement, root);
  const anchor = required("[data-anchor]", HTMLButtonElement, root);
  const anchorWords = required("[data-anchor-words]", HTMLElement, root);
  const ask = required("[data-ask]", HTMLElement, root);
  const since = required("[data-since]", HTMLElement, root);
  fillAsk();
  onPress(anchor, desk.now, () => {
    const onset = desk.reading.anchors.arrest_onset;
    if (onset) open("correction", onset.id);
    else open("add", "arrest_onset");
  });

  function fillAsk() {
    const chips = required("[data-ask-chips]", HTMLElement, root);
    for (const minutes of [0, ...AGO_MINUTES]) {
      const words = minutes === 0 ? "Now" : `${minutes} min ago`;
      const button = make("button", { className: "chip", type: "button", textContent: words });
      onPress(button, desk.now, (now) => {
        desk.record({
          kind: "arrest_onset",
          at: now - minutes * MINUTE,
          ...(minutes === 0 ? {} : { precision: "minute", source: "manual" }),
        });
      });
      chips.append(button);
    }
    const other = make("button", { className: "chip", type: "button" }, icon("clock"), "Other");
    onPress(other, desk.now, () => open("add", "arrest_onset"));
    chips.append(other);
  }

  /** @param {number} now */
  return function render(now) {
    renderClocks(now);
    ticked(root);
  };

  /** @param {number} now */
  function renderClocks(now) {
    const { clock, code } = desk.reading;
    const state = stateOf(clock, decisionOf(desk.reading), now);
    setAttribute(root, "data-state", state);
    show(ask, state === "no_onset");
    if (state === "no_onset") {
      setText(since, clock.count_from === null ? "00:00" : elapsed(clock.count_from, now).text);
      return;
    }
    const until = stopOf(clock, code.closed_at, now);
    const counted = clock.anchor_at === null ? "--:--" : elapsed(clock.anchor_at, until).text;
    const left = clock.deadline === null ? null : remaining(clock.deadline, until);
    const swapped = state === "elapsed";
    const heroText = swapped || left === null ? counted : left.text;
    setText(hero, heroText);
    setAttribute(hero, "data-long", heroText.length > 5 ? "yes" : null);
    setText(title, swapped ? "SINCE ARREST" : `TO FLOW TARGET ${mmss(clock.limit_minutes * 60)}`);
    const words = chipWords(state, left?.past ?? false);
    setText(chipWord, words.word);
    setIcon(chipIcon, words.icon);
    setAttribute(chip, "data-look", words.look);
    setText(second, swapped ? (left?.text ?? "--:--") : counted);
    setText(secondWord, swapped ? (left?.past ? "PAST TARGET" : "TO TARGET") : "ELAPSED");
    setText(by, clock.deadline === null ? "" : `flow by ${timeOfDay(clock.deadline, desk.zone)}`);
    setText(anchorWords, anchorLine(clock, desk));
  }
}

/**
 * @param {ClockReading} clock
 * @param {string | null} decision
 * @param {number} now
 * @returns {"no_onset" | "left" | "past" | "flow_on" | "stopped" | "closed" | "elapsed"}
 */
export function stateOf(clock, decision, now) {
  if (clock.anchor_at === null) return clock.state === "closed" ? "closed" : "no_onset";
  if (clock.state === "closed" || clock.state === "stopped" || clock.state === "flow_on") return clock.state;
  // "No" ends the run for flow, not the resuscitation: the team needs the time since the arrest now.
  if (decision === "no_go") return "elapsed";
  return clock.deadline !== null && now > clock.deadline ? "past" : "left";
}

/**
 * The moment the clocks show: now, or where they stopped.
 * @param {ClockReading} clock
 * @param {number | null} closedAt
 * @param {number} now
 */
export function stopOf(clock, closedAt, now) {
  if (clock.state === "stopped" || clock.state === "closed") return clock.stopped_at ?? closedAt ?? now;
  return now;
}

/**
 * @param {ReturnType<typeof stateOf>} state
 * @param {boolean} past
 * @returns {{word: string, icon: string, look: string}}
 */
export function chipWords(state, past) {
  if (state === "stopped") {
    return { word: past ? "STOPPED, PAST TARGET" : "STOPPED IN TARGET", icon: "circle-check", look: "done" };
  }
  if (state === "closed") return { word: past ? "ENDED, PAST TARGET" : "ENDED", icon: "circle-stop", look: "done" };
  if (state === "flow_on")
    return { word: past ? "FLOW ON, PAST TARGET" : "FLOW ON", icon: "activity", look: past ? "past" : "flow" };
  if (state === "elapsed") return { word: "ECPR: NO", icon: "activity", look: "done" };
  return past
    ? { word: "PAST TARGET", icon: "octagon-alert", look: "past" }
    : { word: "LEFT", icon: "hourglass", look: "left" };
}

/**
 * @param {ClockReading} clock
 * @param {Desk} desk
 * @returns {string}
 */
export function anchorLine(clock, desk) {
  if (clock.anchor_at === null) return "onset not known";
  const mark = tilde(clock.anchor_certainty, clock.anchor_precision);
  const name = clock.anchor_kind === "rearrest" ? "re-arrest" : "onset";
  const from = timeOfDay(clock.anchor_at, desk.zone);
  const latest = clock.anchor_latest !== null ? timeOfDay(clock.anchor_latest, desk.zone) : from;
  if (latest !== from) return `${name} ~${from} to ${latest}`;
  const certainty =
    clock.anchor_certainty === "estimated" ? " est." : clock.anchor_certainty === "unknown" ? " not sure" : "";
  return `${name} ${mark}${from}${certainty}`;
}
