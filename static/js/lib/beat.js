// The one repaint beat: at every whole second of the server's clock, so that all devices tick together.

/**
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
    draw();
    // A little after the second, never before it: a timer may fire early by a fraction of a millisecond.
    setTimeout(beat, 1000 - (now() % 1000) + 4);
  };
  beat();
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(draw);
  };
}
