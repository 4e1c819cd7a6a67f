// The start page: the running codes' times go on while it stands open. Without it the page shows whole minutes.

import { elapsed } from "./core/clock.js";

const beganAt = performance.now();

function paint() {
  for (const each of document.querySelectorAll("[data-since]")) {
    if (!(each instanceof HTMLElement)) continue;
    const now = Number(each.dataset.now) + performance.now() - beganAt;
    each.textContent = elapsed(Number(each.dataset.since), now).text;
  }
}

paint();
setInterval(paint, 1000);
