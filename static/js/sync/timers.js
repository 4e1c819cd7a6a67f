// Timers as a value, so that tests can bring their own clock.

/**
 * @typedef {object} Timers
 * @property {(work: () => void, ms: number) => any} set
 * @property {(handle: any) => void} clear
 */

/** @type {Timers} */
export const realTimers = {
  set: (work, ms) => setTimeout(work, ms),
  clear: (handle) => clearTimeout(handle),
};

const FIRST_MS = 500;
const LONGEST_MS = 5000;

/**
 * How long to wait before the next try: up to 0.5 s at first, up to 5 s later, spread over the whole span so that
 * twenty tablets which lost the same access point do not come back in the same instant.
 * @param {number} failures failures in a row, from 1
 * @param {() => number} random
 * @returns {number} milliseconds
 */
export function pauseAfter(failures, random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(random() * ceiling);
}
