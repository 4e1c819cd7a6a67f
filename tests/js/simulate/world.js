// Time and chance of a simulation: one queue of events, one seeded generator, and nothing else that could differ between
// two runs of the same seed.

/** @typedef {{at: number, order: number, work: () => void | Promise<void>}} Due */

export class World {
  now = 1_790_000_000_000;
  events = 0;
  /** @type {Due[]} a heap, the earliest first */
  #heap = [];
  #order = 0;
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0 || 1;
  }

  /** @returns {number} in [0, 1) */
  random = () => {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  /**
   * @param {number} low
   * @param {number} high
   */
  between(low, high) {
    return low + this.random() * (high - low);
  }

  /** @param {number} share */
  chance(share) {
    return this.random() < share;
  }

  /**
   * @template T
   * @param {T[]} among
   * @returns {T}
   */
  pick(among) {
    return /** @type {T} */ (among[Math.floor(this.random() * among.length)]);
  }

  /** A UUID of this seed. */
  uuid() {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /**
   * @param {number} ms from now
   * @param {() => void | Promise<void>} work
   * @returns {Due}
   */
  after(ms, work) {
    const due = { at: this.now + Math.max(0, ms), order: this.#order, work };
    this.#order += 1;
    this.#push(due);
    return due;
  }

  /** @param {Due | null | undefined} due */
  cancel(due) {
    if (due) due.work = () => {};
  }

  /**
   * Let time pass until `end`, or until `enough`.
   * @param {number} end UTC ms
   * @param {() => boolean} [enough] asked after every event
   */
  async run(end, enough = () => false) {
    for (let due = this.#heap[0]; due !== undefined && due.at <= end; due = this.#heap[0]) {
      this.#pop();
      this.now = due.at;
      this.events += 1;
      await due.work();
      // Whatever was promised goes on before the next event.
      await new Promise((resolve) => setImmediate(resolve));
      if (enough()) return;
    }
    this.now = Math.max(this.now, end);
  }

  /** @param {Due} due */
  #push(due) {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(due, /** @type {Due} */ (heap[above]))) break;
      heap[at] = /** @type {Due} */ (heap[above]);
      at = above;
    }
    heap[at] = due;
  }

  #pop() {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(/** @type {Due} */ (heap[below + 1]), /** @type {Due} */ (heap[below]))) {
        below += 1;
      }
      if (!before(/** @type {Due} */ (heap[below]), last)) break;
      heap[at] = /** @type {Due} */ (heap[below]);
      at = below;
    }
    heap[at] = last;
  }
}

/**
 * @param {Due} one
 * @param {Due} other
 */
function before(one, other) {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
