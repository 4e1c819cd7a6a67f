// The prompt: one question at a time, to those whose roles it is for. It stands over the path, which is a picture, so
// that it comes up under nobody's finger; lost compressions come before it.

import { isAsking } from "../core/prompts.js";
import { make, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { loudOf } from "./strip_view.js";
import { ANSWER_WORDS } from "./words.js";

/** @import { PromptReading } from "../core/prompts.js" */
/** @import { Desk } from "./desk.js" */

// A press that comes down as the question comes up was meant for something else: so long it cannot be answered.
const ARM_MS = 600;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {HTMLElement} frame the board, which makes room for it beside an open panel
 */
export function promptView(root, desk, frame) {
  /** @type {PromptReading | null} */
  let asked = null;
  let since = 0;
  const words = make("p", { className: "prompt-words", role: "alert" });
  const answers = make("div", { className: "prompt-answers", role: "group", "aria-label": "Answer" });
  for (const [answer, word] of Object.entries(ANSWER_WORDS)) {
    const button = make("button", { className: "chip prompt-answer", type: "button", textContent: word });
    onPress(button, desk.now, (at) => {
      if (asked === null) return;
      desk.record({ kind: "prompt_answered", at, payload: { value: asked.key, case: asked.case, answer } });
    });
    answers.append(button);
  }
  root.append(words, answers);

  /** @param {number} now */
  return function render(now) {
    const next =
      loudOf(desk.reading, desk.protocol.pauses, now) === null ? askedOf(desk.reading.prompts, desk.role) : null;
    if (next?.key !== asked?.key) since = now;
    asked = next;
    show(root, asked !== null);
    frame.toggleAttribute("data-prompt", asked !== null);
    setText(words, asked?.text ?? "");
    for (const button of answers.querySelectorAll("button")) button.disabled = now - since < ARM_MS;
  };
}

/**
 * The question that this device shows: of those that ask its role or everybody, the one that came up last.
 * @param {PromptReading[]} prompts
 * @param {string | null} role
 * @returns {PromptReading | null}
 */
export function askedOf(prompts, role) {
  const mine = prompts.filter(({ to }) => to.length === 0 || (role !== null && to.includes(role))).filter(isAsking);
  return mine.sort((one, other) => (one.due ?? 0) - (other.due ?? 0)).at(-1) ?? null;
}
