// Milestones: the next one big, the others in places that never change. Every one can be recorded in any order.

import { icon, make, required, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { disputeWords } from "./dispute.js";
import { author, decisionOf, decisionWord, dueWords, tilde } from "./words.js";

/** @import { Desk } from "./desk.js" */

/** @type {[string, string, string][]} */
const DECISIONS = [
  ["go", "YES", "check"],
  ["no_go", "NO", "x"],
  ["wait", "WAIT", "hourglass"],
];
// A decision that is not next yet is held big for so long after its tile was pressed.
const HELD_MS = 15_000;
/** @type {Record<string, string>} */
const LOOK_ICON = {
  done: "check",
  track: "clock",
  soon: "triangle-alert",
  over: "octagon-alert",
  open: "circle-dashed",
};

/**
 * @param {HTMLElement} nextRoot
 * @param {HTMLElement} othersRoot
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 */
export function milestonesView(nextRoot, othersRoot, desk, open) {
  const big = required("[data-next-button]", HTMLButtonElement, nextRoot);
  const bigName = required("[data-next-name]", HTMLElement, nextRoot);
  const bigDue = required("[data-next-due]", HTMLElement, nextRoot);
  const bigLeft = required("[data-next-left]", HTMLElement, nextRoot);
  const bigIcon = required("[data-next-left-icon]", SVGElement, nextRoot);
  const decision = required("[data-decision]", HTMLElement, nextRoot);
  const ended = required("[data-ended]", HTMLElement, nextRoot);
  const endedWords = required("[data-ended-words]", HTMLElement, nextRoot);
  /** @type {HTMLElement | null} only in a drill: the way over to the real code that it was broken off for */
  const over = nextRoot.querySelector("[data-over]");
  const resume = required("[data-resume]", HTMLButtonElement, nextRoot);
  /** @type {number} */
  let heldUntil = 0;

  onPress(big, desk.now, (at) => {
    const kind = shownNext();
    if (kind !== null && kind !== "ecpr_decision") desk.record({ kind, at });
  });
  onPress(resume, desk.now, () => desk.record({ kind: "code_reopened" }));
  for (const [value, word, name] of DECISIONS) {
    const button = make(
      "button",
      { className: "decision", type: "button", data: { value } },
      icon(name),
      make("span", { textContent: word }),
    );
    onPress(button, desk.now, (at) => {
      heldUntil = 0;
      desk.record({ kind: "ecpr_decision", at, payload: { value } });
    });
    decision.append(button);
  }
  const criteria = make("button", { className: "decision-criteria", type: "button" });
  onPress(criteria, desk.now, () => open("criteria"));
  decision.append(criteria);
  // Fixed places. ROSC turns into re-arrest while circulation is back.
  const tiles = desk.protocol.milestones.map((place) => {
    const name = make("span", { className: "mile-name" });
    const mark = icon("circle-dashed");
    const state = make("span", { className: "mile-state digits" });
    const button = make(
      "button",
      { className: "mile", type: "button" },
      name,
      make("span", { className: "mile-line" }, mark, state),
    );
    onPress(button, desk.now, (at) => press(place, at));
    return { place, button, name, mark, state };
  });
  othersRoot.append(...tiles.map((tile) => tile.button));

  /** @param {string} place */
  function kindAt(place) {
    const latest = desk.reading.episodes.at(-1);
    return place === "rosc" && latest?.rosc ? "rearrest" : place;
  }

  /**
   * @param {string} place
   * @param {number} at
   */
  function press(place, at) {
    const kind = kindAt(place);
    const known = kind === "rearrest" ? undefined : desk.reading.milestones[kind];
    const waits = kind === "ecpr_decision" && decisionOf(desk.reading) === "wait";
    const again = kind === "rosc" && desk.reading.episodes.at(-1)?.rosc === null;
    if (known && !waits && !again) {
      open("correction", known.id);
    } else if (kind === "ecpr_decision") {
      heldUntil = desk.now() + HELD_MS;
      render(desk.now());
      /** @type {HTMLElement | null} */ (decision.querySelector("button"))?.focus({ preventScroll: true });
    } else {
      desk.record({ kind, at });
    }
  }

  /** @returns {string | null} */
  function shownNext() {
    return desk.now() < heldUntil ? "ecpr_decision" : nextOf(desk);
  }

  /** @param {number} now */
  function render(now) {
    const { reading } = desk;
    const closed = reading.code.state === "closed";
    const kind = shownNext();
    const isDecision = kind === "ecpr_decision" && !closed;
    show(ended, closed);
    show(big, !closed && !isDecision);
    show(decision, isDecision);
    show(required("[data-next-head]", HTMLElement, nextRoot), !closed);
    if (closed) {
      setText(endedWords, endedLine());
      if (over) show(over, ending()?.payload.reason === "real patient");
    }
    const { lines, open: left, hard } = reading.criteria;
    const stops = hard.length === 0 ? "" : `, ${hard.length} hard stop${hard.length === 1 ? "" : "s"}`;
    setText(criteria, `Criteria ${lines.length - left.length}/${lines.length}${stops}`);
    renderNext(kind, closed, now);
    for (const tile of tiles) renderTile(tile, closed, now);
  }

  /**
   * @param {string | null} kind
   * @param {boolean} closed
   * @param {number} now
   */
  function renderNext(kind, closed, now) {
    const step = desk.reading.path.find((each) => each.kind === kind);
    const due = dueWords(step?.due ?? null, now);
    setAttribute(nextRoot, "data-look", closed ? "ended" : kind === null ? "none" : due.state);
    setText(bigName, kind === null ? "All steps done" : (desk.protocol.kinds[kind]?.label ?? kind));
    setText(bigDue, step?.due ? `due ${timeOfDay(step.due, desk.zone)}` : "");
    setText(bigLeft, due.words);
    show(/** @type {HTMLElement} */ (bigLeft.parentElement), due.words !== "");
    setIcon(bigIcon, LOOK_ICON[due.state] ?? "clock");
    big.disabled = kind === null;
  }

  /**
   * @param {typeof tiles[number]} tile
   * @param {boolean} closed
   * @param {number} now
   */
  function renderTile(tile, closed, now) {
    const { reading } = desk;
    const kind = kindAt(tile.place);
    const known = kind === "rearrest" ? undefined : reading.milestones[kind];
    const step = reading.path.find((each) => each.kind === kind);
    const isWait = kind === "ecpr_decision" && decisionOf(reading) === "wait";
    const done = known !== undefined && !isWait && !(kind === "rosc" && reading.episodes.at(-1)?.rosc === null);
    const due = dueWords(done ? null : (step?.due ?? null), now);
    const look = done ? "done" : due.state;
    const disputed = done && known ? disputeWords(reading, known.id) : "";
    setAttribute(tile.button, "data-look", look);
    setAttribute(tile.button, "data-disputed", disputed === "" ? null : "yes");
    setAttribute(tile.button, "data-next", kind === shownNext() ? "yes" : null);
    tile.button.disabled = closed && !done;
    setText(tile.name, desk.protocol.kinds[kind]?.short ?? kind);
    setIcon(tile.mark, disputed === "" ? (LOOK_ICON[look] ?? "circle-dashed") : "triangle-alert");
    if (disputed !== "") {
      setText(tile.state, disputed);
    } else if (done && known) {
      const word = kind === "ecpr_decision" ? `${decisionWord(decisionOf(reading))} ` : "";
      setText(
        tile.state,
        `${word}${tilde(known.certainty, known.precision)}${timeOfDay(known.at, desk.zone, word === "" && known.precision === "second")}`,
      );
    } else if (look === "over" || look === "soon") {
      setText(tile.state, isWait ? "WAIT" : due.words);
    } else {
      setText(tile.state, isWait ? "WAIT" : step?.due ? `due ${timeOfDay(step.due, desk.zone)}` : "not yet");
    }
  }

  function ending() {
    return desk.reading.records.filter((each) => each.kind === "code_closed" && each.voided === null).at(-1);
  }

  function endedLine() {
    const { code } = desk.reading;
    const last = ending();
    const at = code.closed_at === null ? "" : ` ${timeOfDay(code.closed_at, desk.zone)}`;
    const who = last ? `by ${author(last, desk.protocol)}` : "";
    return `${desk.setting.mode === "drill" ? "Drill" : "Code"} ended${at} ${who}`.trim();
  }

  return render;
}

/**
 * The milestone that stands big. The arrest itself is asked for in the place of the clock.
 * @param {Desk} desk
 * @returns {string | null}
 */
export function nextOf(desk) {
  const { next, path } = desk.reading;
  if (next !== "arrest_onset") return next;
  return path.find((step) => step.kind !== "arrest_onset" && step.at === null)?.kind ?? null;
}
