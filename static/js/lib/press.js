// Pressing: the time is taken when the finger comes down, the act is done when it goes up on the same target.
//
// Sliding off cancels. A second touch of the same target within 150 ms is the same press (bouncing glove, wet screen).
// Keys and assistive technology send a click without a pointer: there the moment of the click counts.

const BOUNCE_MS = 150;

/**
 * Call `act` with the moment of the press, as given by `clock` at pointer-down.
 * @template M
 * @param {HTMLElement} target
 * @param {() => M} clock
 * @param {(moment: M, event: Event) => void} act
 */
export function onPress(target, clock, act) {
  /** @type {{moment: M, pointer: number} | null} */
  let down = null;
  /** @type {M | null} */
  let armed = null;
  let last = Number.NEGATIVE_INFINITY;
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down = { moment: clock(), pointer: event.pointerId };
  });
  target.addEventListener("pointercancel", () => {
    down = null;
    armed = null;
  });
  target.addEventListener("pointerup", (event) => {
    armed = down !== null && down.pointer === event.pointerId && inside(target, event) ? down.moment : null;
    down = null;
  });
  // The browser's click comes after pointer-up on the same element, and alone from keys: one door for both.
  target.addEventListener("click", (event) => {
    const moment = armed ?? clock();
    armed = null;
    if (event.timeStamp - last < BOUNCE_MS) return;
    last = event.timeStamp;
    act(moment, event);
  });
}

/**
 * @param {HTMLElement} target
 * @param {PointerEvent} event
 * @returns {boolean}
 */
function inside(target, event) {
  const box = target.getBoundingClientRect();
  return (
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
  );
}
