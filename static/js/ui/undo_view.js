// The undo strip: a reserved place where the last act of this device can be taken back with one tap.

import { required, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { UNDO_MS } from "./desk.js";

/** @import { Desk } from "./desk.js" */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function undoView(root, desk) {
  const words = required("[data-undo-words]", HTMLElement, root);
  const button = required("[data-undo-button]", HTMLButtonElement, root);
  const bar = required("[data-undo-bar]", HTMLElement, root);
  onPress(button, desk.now, () => desk.undo());

  /** @param {number} now */
  return function render(now) {
    const act = desk.lastAct;
    const live = act !== null && now < act.until;
    const can = live && !act.undone;
    setAttribute(root, "data-state", can ? "live" : live ? "undone" : "idle");
    setText(
      words,
      act === null || !live ? "Your last tap can be undone here" : act.undone ? `Undone: ${act.words}` : act.words,
    );
    show(button, can);
    const share = can && act ? Math.max(0, (act.until - now) / UNDO_MS) : 0;
    bar.style.setProperty("--share", share.toFixed(3));
  };
}
