// The one repaint beat: at every whole second of the server's clock, so that all devices tick together.

/**
 * A fault in one beat is reported and costs that beat alone: a clock that stopped for good would still look like one.
 * @param {() => number} now server time, UTC ms
 * @param {(second: number) => void} paint is given the whole second, so that a repaint between two beats shows the
 *   same as the other devices do
 * @returns {() => void} paint soon, because something changed
 */
export function startBeat(now, paint) {
  let asked = false;
  const draw = () => {
    asked = false;
    paint(Math.floor(now() / 1000) * 1000);
  };
  const beat = () => {
    let wait = 1000;
    try {
      draw();
      // A little after the second, never before it: a timer may fire early by a fraction of a millisecond.
      wait = 1000 - (now() % 1000) + 4;
    } catch (fault) {
      reportError(fault);
    }
    setTimeout(beat, wait);
  };
  beat();
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(draw);
  };
}

/**
 * Paint each part; one that fails is reported and does not keep the others from it.
 * @param {((second: number) => void)[]} parts
 * @param {number} second
 */
export function paintEach(parts, second) {
  for (const part of parts) {
    try {
      part(second);
    } catch (fault) {
      reportError(fault);
    }
  }
}

/**
 * Say that the digits in an element are of this very moment. What lies over them, `.stalled`, shows itself when it has not
 * been said for some seconds: that runs in the style sheet, which goes on where a script has stopped.
 * @param {HTMLElement} element
 */
export function ticked(element) {
  element.dataset.beat = element.dataset.beat === "0" ? "1" : "0";
}
