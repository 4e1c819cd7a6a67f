// The three ACLS tiles: each is one button that records and restarts its clock.

import { icon, make, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { span } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { TimerReading } from "../core/countdown.js" */

// How long the rhythm split waits; then the check is recorded without a rhythm.
const SPLIT_MS = 8000;

/** @type {Record<string, {icon: string, verb: string, since: string, short: string}>} */
const FACES = {
  rhythm_cycle: { icon: "activity", verb: "CHECK", since: "since check", short: "Cycle" },
  adrenaline: { icon: "syringe", verb: "GIVEN", since: "since last", short: "Adr." },
  shock: { icon: "zap", verb: "SHOCK", since: "since last", short: "Shock" },
};

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @returns {{render: (now: number) => void, settle: () => void}} `settle` records a rhythm check that still waits
 *   for its rhythm: called when the page is hidden
 */
export function aclsView(root, desk) {
  /** @type {{at: number, until: number} | null} */
  let check = null;
  const tiles = desk.protocol.timers.filter((timer) => !timer.rides_on).map((timer) => tileOf(timer));
  root.append(...tiles.map((tile) => tile.element));

  /** @param {string} rhythm */
  function recordCheck(rhythm) {
    if (check === null) return;
    const { at } = check;
    check = null;
    desk.record({ kind: "rhythm_check", at, payload: { value: rhythm } });
  }

  /** @param {import("../core/protocol.js").ProtocolJson["timers"][number]} timer */
  function tileOf(timer) {
    const face = FACES[timer.key] ?? { icon: "timer", verb: "NOW", since: "since last", short: timer.label };
    const big = make("span", { className: "tile-value digits" });
    const due = make("span", { className: "tile-due" });
    const count = make("span", { className: "tile-count" });
    const button = make(
      "button",
      { className: "tile", type: "button" },
      make(
        "span",
        { className: "tile-name" },
        icon(face.icon),
        make("span", { className: "name-long", textContent: timer.label }),
        make("span", { className: "name-short", textContent: face.short }),
      ),
      make("span", { className: "tile-since" }, make("span", { textContent: face.since }), count),
      big,
      due,
      make("span", { className: "tile-verb", textContent: face.verb }),
    );
    const split = timer.kind === "rhythm_check" ? splitOf() : null;
    const element = make("div", { className: "tile-place", data: { timer: timer.key } }, button, split);
    onPress(button, desk.now, (at) => {
      if (timer.kind === "rhythm_check") {
        check = { at, until: at + SPLIT_MS };
        render(desk.now());
        /** @type {HTMLElement | null} */ (split?.querySelector("button"))?.focus({ preventScroll: true });
        return;
      }
      if (timer.kind === "drug") {
        const drug = desk.protocol.drugs.find((each) => each.value === timer.value);
        const { dose = null, unit = null, route = "IV" } = drug ?? {};
        desk.record({ kind: "drug", at, payload: { value: timer.value, dose, unit, route } });
        return;
      }
      desk.record({ kind: timer.kind, at, payload: lastEnergy() });
    });
    return { key: timer.key, element, button, split, big, due, count };
  }

  /** The energy of the last shock goes with the next; none known, none said. */
  function lastEnergy() {
    const shocks = desk.reading.records.filter((record) => record.kind === "shock" && record.voided === null);
    const { value, unit } = shocks.at(-1)?.payload ?? {};
    return typeof value === "number" ? { value, unit: unit ?? "J" } : {};
  }

  function splitOf() {
    const box = make("div", { className: "split", role: "group", "aria-label": "Which rhythm?", hidden: true });
    for (const rhythm of desk.protocol.rhythms.filter((each) => each.common)) {
      const short = rhythm.value === "asystole" ? "Asyst." : rhythm.value;
      const button = make("button", { className: "split-choice", type: "button", "aria-label": rhythm.label });
      button.append(short);
      onPress(button, desk.now, () => recordCheck(rhythm.value));
      box.append(button);
    }
    const later = make("button", { className: "split-later", type: "button", textContent: "Rhythm later" });
    onPress(later, desk.now, () => recordCheck("unknown"));
    const swap = make("button", { className: "split-later", type: "button", textContent: "Swap" });
    swap.dataset.swap = "";
    onPress(swap, desk.now, (at) => desk.record({ kind: "compressor_swap", at }));
    box.append(later, swap);
    return box;
  }

  /** @param {number} now */
  function render(now) {
    if (check !== null && now >= check.until) recordCheck("unknown");
    for (const tile of tiles) {
      const timer = desk.reading.timers.find((each) => each.key === tile.key);
      if (!timer) continue;
      const splitting = tile.split !== null && check !== null;
      setAttribute(tile.element, "data-splitting", splitting ? "yes" : null);
      if (tile.split) show(tile.split, splitting);
      show(tile.button, !splitting);
      const closed = desk.reading.code.state === "closed";
      tile.button.disabled = closed;
      const until = closed ? (desk.reading.code.closed_at ?? now) : now;
      const look = lookOf(timer, now);
      setAttribute(tile.element, "data-state", look.state);
      setAttribute(tile.element, "data-dimmed", timer.dimmed ? "yes" : null);
      setText(tile.big, timer.since === null ? "–" : span(until - timer.since));
      const rider = riderOf(desk, tile.key);
      setText(tile.due, dueOf(timer, rider, now));
      const swap = tile.split?.querySelector("[data-swap]");
      // A machine needs nobody to change with.
      if (swap instanceof HTMLButtonElement) {
        show(swap, rider !== null && rider.since !== null);
        swap.disabled = (rider?.since ?? 0) > (check?.at ?? now);
      }
      setText(tile.count, countWords(timer));
      setAttribute(tile.count, "data-state", ceilingState(timer));
    }
  }

  return { render, settle: () => recordCheck("unknown") };
}

/**
 * How many there were; beside it the most there should be while the rhythm is shockable.
 * @param {TimerReading} timer
 */
export function countWords({ count, ceiling }) {
  if (count === 0) return "";
  return ceiling === null ? `×${count}` : `×${count}/${ceiling}`;
}

/**
 * How near a count is to its ceiling: the last one before it, and the ceiling itself.
 * @param {Pick<TimerReading, "count" | "ceiling">} timer
 * @returns {"soon" | "over" | null}
 */
export function ceilingState({ count, ceiling }) {
  if (ceiling === null || count < ceiling - 1) return null;
  return count >= ceiling ? "over" : "soon";
}

/**
 * The timer that is said on another's tile: the change of compressors rides on the cycle.
 * @param {Desk} desk
 * @param {string} key
 * @returns {TimerReading | null}
 */
export function riderOf({ protocol, reading }, key) {
  const rider = protocol.timers.find((timer) => timer.rides_on === key);
  return reading.timers.find((timer) => timer.key === rider?.key) ?? null;
}

/**
 * What a tile says is due, and what is due with it.
 * @param {TimerReading} timer
 * @param {TimerReading | null} rider
 * @param {number} now
 */
export function dueOf(timer, rider, now) {
  const words = timer.dimmed && timer.since !== null ? "modified ALS" : lookOf(timer, now).words;
  const swap = rider !== null && rider.due !== null && now >= rider.due;
  if (!swap) return words;
  if (words === "due now") return "check + swap";
  return words.endsWith(" over") ? words.replace(" over", " · swap") : "swap CPR";
}

/**
 * @param {TimerReading} timer
 * @param {number} now
 * @returns {{state: string, words: string}}
 */
export function lookOf(timer, now) {
  if (timer.since === null) return { state: "open", words: "not yet" };
  if (timer.due === null || timer.dimmed) return { state: "plain", words: "" };
  const over = timer.overdue ?? timer.due;
  if (now > over) return { state: "over", words: `+${span(now - timer.due)} over` };
  if (now >= timer.due) return { state: "soon", words: "due now" };
  const state = now >= (timer.amber ?? timer.due) ? "soon" : "track";
  return { state, words: `due in ${span(timer.due - now)}` };
}
