// The phase strip: the path from arrest to flow with what is done, what comes, and where the clock stands. A picture; while
// nobody compresses, that stands over it on every device.

import { follow, icon, make, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { span } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Reading } from "../core/reading.js" */
/** @import { StepReading } from "../core/countdown.js" */

const MINUTE = 60_000;
/** @type {Record<string, string>} */
const ICONS = {
  done: "check",
  next: "chevron-right",
  due: "triangle-alert",
  overdue: "octagon-alert",
  open: "circle-dashed",
};

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {{acts?: boolean}} [how] whether compressions can be paused and restarted here
 */
export function stripView(root, desk, { acts = false } = {}) {
  const list = make("ol", { className: "strip-steps" });
  const marker = make("span", { className: "strip-now", hidden: true });
  const words = make("span", { className: "loud-words", role: "alert" });
  const time = make("span", { className: "loud-time digits", role: "timer", "aria-live": "off" });
  const loud = make("div", { className: "loud", hidden: true }, icon("octagon-alert"), words, time);
  root.append(make("div", { className: "strip-road" }, list, marker, loud));
  const wordOf = new Map(desk.protocol.path.map(({ kind, word }) => [kind, word]));
  const toggleWords = make("span", {});
  const toggle = make("button", { className: "pause-button", type: "button" }, icon("pause"), toggleWords);
  if (acts) root.append(toggle);
  onPress(toggle, desk.now, (at) =>
    desk.record({ kind: isPaused(desk.reading) ? "compression_pause_end" : "compression_pause_start", at }),
  );

  /** @param {number} now */
  function renderLoud(now) {
    const said = loudOf(desk.reading, desk.protocol.pauses, now);
    show(loud, said !== null);
    setAttribute(loud, "data-state", said?.state ?? null);
    setText(words, said?.words ?? "");
    setText(time, said?.time ?? "");
    const paused = isPaused(desk.reading);
    show(toggle, needsCompressions(desk.reading));
    setAttribute(toggle, "data-paused", paused ? "yes" : null);
    setIcon(/** @type {Element} */ (toggle.firstElementChild), paused ? "play" : "pause");
    const verb = paused ? "RESTART CPR" : "PAUSE CPR";
    setText(toggleWords, verb);
    // The words are left out where a panel takes the room.
    setAttribute(toggle, "aria-label", verb);
  }

  /** @param {number} now */
  return function render(now) {
    renderLoud(now);
    const { path, clock } = desk.reading;
    const next = desk.reading.next;
    follow(
      list,
      path,
      (step) => step.kind,
      () =>
        make(
          "li",
          { className: "strip-step" },
          make("span", { className: "strip-name" }, icon("circle-dashed"), make("span", { className: "strip-word" })),
          make("span", { className: "strip-when digits" }),
        ),
      (element, step) => {
        const state = step.kind === next && step.state === "open" ? "next" : step.state;
        setAttribute(element, "data-state", state);
        setAttribute(element, "data-next", step.kind === next ? "yes" : null);
        const [name, when] = element.children;
        if (!name || !when) return;
        setIcon(
          /** @type {Element} */ (name.firstElementChild),
          step.kind === next && state !== "overdue" ? "chevron-right" : (ICONS[state] ?? "circle-dashed"),
        );
        setText(/** @type {Element} */ (name.lastElementChild), wordOf.get(step.kind) ?? step.short);
        setText(when, whenWords(step, clock.anchor_at, desk.zone));
        setAttribute(element, "aria-label", `${step.label}, ${state === "done" ? "done" : state} ${when.textContent}`);
      },
    );
    const share = clock.anchor_at === null ? null : placeOf((now - clock.anchor_at) / MINUTE, path, clock.anchor_at);
    const marked = share !== null && clock.state !== "closed" && clock.state !== "stopped";
    show(marker, marked && loud.hasAttribute("hidden"));
    marker.style.setProperty("--at", `${((share ?? 0) * 100).toFixed(2)}%`);
  };
}

/** @param {Reading} reading */
function isPaused({ pauses }) {
  return pauses.at(-1)?.state === "running";
}

/**
 * Whether the patient hangs on compressions now: in arrest, and neither flow nor an end is there.
 * @param {Reading} reading
 */
function needsCompressions({ clock, episodes }) {
  return (clock.state === "running" || clock.state === "no_onset") && (episodes.at(-1)?.rosc ?? null) === null;
}

/**
 * What is said loudly on every device: nobody compresses; compressions were stopped for good before flow.
 * @param {Reading} reading
 * @param {{amber_seconds: number, red_seconds: number}} limits
 * @param {number} now
 * @returns {{state: "track" | "soon" | "over", words: string, time: string} | null}
 */
export function loudOf(reading, limits, now) {
  const pause = reading.pauses.at(-1);
  if (pause?.state === "running") {
    const seconds = Math.max(0, now - pause.at) / 1000;
    const state = seconds > limits.red_seconds ? "over" : seconds >= limits.amber_seconds ? "soon" : "track";
    return { state, words: "NO COMPRESSIONS", time: span(seconds * 1000) };
  }
  const early = reading.flags.find((flag) => flag.flag === "order_loud");
  return early && needsCompressions(reading) ? { state: "over", words: early.text, time: "" } : null;
}

/**
 * Where on the strip a minute stands: each step ends at the minute it is due; steps without one share the span
 * between their neighbours.
 * @param {number} minute since the anchor
 * @param {StepReading[]} path
 * @param {number} anchor UTC ms
 * @returns {number} 0 to 1
 */
export function placeOf(minute, path, anchor) {
  let from = { place: 0, minute: 0 };
  for (const [index, step] of path.entries()) {
    if (step.due === null) continue;
    const to = { place: (index + 1) / path.length, minute: (step.due - anchor) / MINUTE };
    if (minute < to.minute) {
      const part = (minute - from.minute) / (to.minute - from.minute);
      return from.place + Math.max(0, part) * (to.place - from.place);
    }
    from = to;
  }
  return path.length === 0 ? 0 : 1;
}

/**
 * @param {StepReading} step
 * @param {number | null} anchor
 * @param {string} zone
 * @returns {string}
 */
function whenWords(step, anchor, zone) {
  if (step.at !== null)
    return anchor === null ? timeOfDay(step.at, zone) : `${Math.floor((step.at - anchor) / MINUTE)}′`;
  if (step.due === null || anchor === null) return "\u00a0";
  return `by ${Math.round((step.due - anchor) / MINUTE)}′`;
}
