/**
 * The server's clock as this device knows it, by interval intersection, and the words for remaining time.
 *
 * Each probe bounds the true offset: the server stamped it after it was sent and before the answer came. The truth lies
 * in all of these intervals at once, so their intersection is the best estimate and never wrong while delays are not
 * negative (reliability reference, section 3.1). All times in milliseconds.
 */

/** Crystals drift 20 to 50 ppm; twice the worse of it. */
export const DRIFT = 100e-6;
export const KEPT = 32;
/** What timer resolution and rounding may hide. */
export const MARGIN = 2;

/** @typedef {{ low: number, high: number, taken: number }} Bound */

/** An estimate of (server clock less device clock). The device clock is a monotonic one: `performance.now()`. */
export class ClockEstimate {
  constructor() {
    /** @type {Bound[]} */
    this.bounds = [];
    /** When the newest answer came. */
    this.newest = 0;
    /** How often a probe contradicted all older ones: a clock stepped, or the device slept. */
    this.steps = 0;
  }

  /** Whether no probe has come back yet. */
  get empty() {
    return this.bounds.length === 0;
  }

  /**
   * Takes one probe. Answers false, and leaves the estimate alone, for a probe that cannot be true.
   * @param {number} t0 device clock when the probe was sent
   * @param {number} s1 server clock when it arrived
   * @param {number} s2 server clock when the answer was sent
   * @param {number} t3 device clock when the answer arrived
   */
  add(t0, s1, s2, t3) {
    if (![t0, s1, s2, t3].every(Number.isFinite) || t3 < t0 || s2 < s1) return false;
    // s1 came after t0, s2 before t3: offset <= s1 - t0 and offset >= s2 - t3.
    const low = Math.min(s2 - t3, s1 - t0);
    const high = Math.max(s2 - t3, s1 - t0);
    // The drift counts from the sending: the bounds are as old as their older end.
    this.bounds.push({ low, high, taken: t0 });
    this.newest = t3;
    if (this.bounds.length > KEPT) this.bounds.shift();
    const { low: from, high: to } = this.intersection(t3);
    if (from > to + MARGIN) {
      this.bounds = this.bounds.slice(-1);
      this.steps += 1;
    }
    return true;
  }

  /**
   * The interval that the offset lies in now, every bound widened by the drift since it was taken.
   * @param {number} now device clock
   */
  intersection(now) {
    let low = Number.NEGATIVE_INFINITY;
    let high = Number.POSITIVE_INFINITY;
    for (const bound of this.bounds) {
      const widened = DRIFT * Math.max(0, now - bound.taken);
      low = Math.max(low, bound.low - widened);
      high = Math.min(high, bound.high + widened);
    }
    return { low, high };
  }

  /**
   * What to add to the device clock to get the server's; null while unknown.
   * @param {number} now device clock
   * @returns {number | null}
   */
  offset(now) {
    if (this.empty) return null;
    const { low, high } = this.intersection(now);
    return (low + high) / 2;
  }

  /**
   * How far the offset may be from the truth; null while unknown.
   * @param {number} now device clock
   * @returns {number | null}
   */
  uncertainty(now) {
    if (this.empty) return null;
    const { low, high } = this.intersection(now);
    return (high - low) / 2 + MARGIN;
  }

  /**
   * Age of the newest probe; null while there is none.
   * @param {number} now device clock
   * @returns {number | null}
   */
  age(now) {
    return this.empty ? null : now - this.newest;
  }

  /** Forgets everything, after a sleep or a step that was noticed otherwise. */
  reset() {
    this.bounds = [];
  }
}

/**
 * Seconds to an absolute deadline: `left` whole seconds are left (the last one is shown until it is over), or the
 * target is `past` by so many. At the deadline itself nothing is left and nothing is past.
 * @param {number} deadline UTC ms
 * @param {number} now UTC ms
 * @returns {{ past: boolean, seconds: number, text: string }}
 */
export function remaining(deadline, now) {
  const span = deadline - now;
  const past = span < 0;
  const seconds = past ? Math.floor(-span / 1000) : Math.ceil(span / 1000);
  return { past, seconds, text: mmss(seconds) };
}

/**
 * Whole seconds since an absolute time; never negative.
 * @param {number} since UTC ms
 * @param {number} now UTC ms
 * @returns {{ seconds: number, text: string }}
 */
export function elapsed(since, now) {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  return { seconds, text: mmss(seconds) };
}

/**
 * `mm:ss`, and `h:mm:ss` after 99:59.
 * @param {number} seconds whole, not negative
 * @returns {string}
 */
export function mmss(seconds) {
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${String(minutes).padStart(2, "0")}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/**
 * How long until the shown seconds change, so that all devices tick together.
 * @param {number} deadline UTC ms
 * @param {number} now UTC ms
 * @returns {number} more than 0, at most 1000 ms
 */
export function untilNextTick(deadline, now) {
  const part = (((deadline - now) % 1000) + 1000) % 1000;
  return part === 0 ? 1000 : part;
}
