// The wall's corner: the QR code and letters by which a device joins. They are renewed before they end, and what has ended
// is not shown: a code that hangs there must work.

import { required, setText, show } from "../lib/dom.js";
import { pictureOf } from "../lib/picture.js";

/** @import { Desk } from "./desk.js" */
/** @import { Invitation } from "./more_view.js" */

/** So long before its end an invitation is followed by the next; it stays good for whoever is just typing it. */
const RENEW_MS = 60_000;
/** After a try that failed. */
const AGAIN_MS = 15_000;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {() => Promise<Invitation>} ask
 */
export function wallJoin(root, desk, ask) {
  const picture = required("[data-join-qr]", HTMLImageElement, root);
  const letters = required("[data-join-letters]", HTMLElement, root);
  const words = required("[data-join-words]", HTMLElement, root);
  let expires = 0;
  let next = 0;

  /** @param {number} now */
  return function render(now) {
    const open = desk.reading.code.state === "open";
    for (const each of [picture, letters]) show(each, open && now < expires);
    if (!open || now < next) return;
    next = now + AGAIN_MS;
    ask().then(
      (found) => {
        picture.src = pictureOf(found.qr_svg);
        setText(words, `${found.letters.slice(0, 4)} ${found.letters.slice(4)}`);
        expires = found.expires;
        next = expires - RENEW_MS;
      },
      () => {},
    );
  };
}
