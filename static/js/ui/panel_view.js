// The side panel: one at a time, beside the clock, the next step and the undo strip, never over them. It holds no
// question that must be answered, and goes away by itself when nobody touches it.

import { make, required, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";

/** @import { Desk } from "./desk.js" */

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {HTMLElement} element
 * @property {(now: number) => void} [render] called every second and after every change
 * @property {boolean} [stays] whether it stays open without being touched
 * @property {(() => void) | null} [back] where the back button leads
 */

/** @typedef {(about: string | undefined) => Panel | null | Promise<Panel | null>} MakePanel */

const IDLE_MS = 30_000;

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} frame the board, which makes room while a panel is open
 * @param {Desk} desk
 * @returns {{open: (name: string, about?: string) => void, close: () => void, render: (now: number) => void,
 *   offer: (name: string, make: MakePanel) => void, name: () => string | null}}
 */
export function panelView(root, frame, desk) {
  const title = required("[data-panel-title]", HTMLElement, root);
  const body = required("[data-panel-body]", HTMLElement, root);
  const closing = required("[data-panel-close]", HTMLButtonElement, root);
  const back = required("[data-panel-back]", HTMLButtonElement, root);
  /** @type {Map<string, MakePanel>} */
  const offered = new Map();
  /** @type {{name: string, about: string | undefined, panel: Panel} | null} */
  let shown = null;
  /** @type {Element | null} */
  let opener = null;
  /** @type {unknown} what was asked for last: a panel that comes late must not cover a later one */
  let asked = null;
  let touchedAt = 0;
  onPress(closing, desk.now, close);
  onPress(back, desk.now, () => shown?.panel.back?.());
  for (const event of ["pointerdown", "keydown", "input"]) {
    root.addEventListener(event, () => {
      touchedAt = desk.now();
    });
  }
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  /**
   * @param {string} name
   * @param {string} [about]
   */
  function open(name, about) {
    const made = offered.get(name)?.(about) ?? null;
    asked = made;
    if (!(made instanceof Promise)) put(name, about, made);
    else made.catch(notHere).then((panel) => asked === made && put(name, about, panel));
  }

  /**
   * @param {string} name
   * @param {string | undefined} about
   * @param {Panel | null} panel
   */
  function put(name, about, panel) {
    if (panel === null) return;
    if (shown === null) opener = document.activeElement;
    shown = { name, about, panel };
    touchedAt = desk.now();
    body.replaceChildren(panel.element);
    body.scrollTop = 0;
    setText(title, panel.title);
    show(back, panel.back !== undefined && panel.back !== null);
    show(root, true);
    setAttribute(frame, "data-panel", name);
    panel.render?.(desk.now());
    title.focus({ preventScroll: true });
  }

  function close() {
    asked = null;
    if (shown === null) return;
    shown = null;
    show(root, false);
    body.replaceChildren();
    setAttribute(frame, "data-panel", null);
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
  }

  /** @param {number} now */
  function render(now) {
    if (shown === null) return;
    if (!shown.panel.stays && now - touchedAt > IDLE_MS) close();
    else shown.panel.render?.(now);
  }

  return { open, close, render, offer: (name, make) => void offered.set(name, make), name: () => shown?.name ?? null };
}

/**
 * What stands where a panel could not be fetched.
 * @returns {Panel}
 */
function notHere() {
  return {
    title: "Not loaded yet",
    element: make("p", {}, "This part has not been loaded, and there is no network. Try again when it is back."),
  };
}
