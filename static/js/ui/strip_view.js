// The phase strip: the path from arrest to flow with what is done, what comes, and where the clock stands. A picture.

import { follow, icon, make, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { timeOfDay } from "../lib/zone.js";

/** @import { Desk } from "./desk.js" */
/** @import { StepReading } from "../core/countdown.js" */

const MINUTE = 60_000;
/** @type {Record<string, string>} */
const SHORT = {
  arrest_onset: "Arrest",
  cpr_start: "CPR",
  ecpr_activated: "Called",
  ecpr_decision: "Decide",
  circuit_primed: "Primed",
  cannulation_start: "Cannul.",
  ven_cannula_in: "Ven.",
  art_cannula_in: "Art.",
  flow_on: "Flow on",
  flow_established: "FLOW",
};
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
 */
export function stripView(root, desk) {
  const list = make("ol", { className: "strip-steps" });
  const marker = make("span", { className: "strip-now", hidden: true });
  root.append(list, marker);

  /** @param {number} now */
  return function render(now) {
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
        setText(/** @type {Element} */ (name.lastElementChild), SHORT[step.kind] ?? step.short);
        setText(when, whenWords(step, clock.anchor_at, desk.zone));
        setAttribute(element, "aria-label", `${step.label}, ${state === "done" ? "done" : state} ${when.textContent}`);
      },
    );
    const share = clock.anchor_at === null ? null : placeOf((now - clock.anchor_at) / MINUTE, path, clock.anchor_at);
    show(marker, share !== null && clock.state !== "closed" && clock.state !== "stopped");
    marker.style.setProperty("--at", `${((share ?? 0) * 100).toFixed(2)}%`);
  };
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
