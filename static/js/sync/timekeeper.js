// Keeps this device's idea of the server's clock: probes, the estimate made of them, and what to say when in doubt.

import { realTimers } from "./timers.js";

/** @typedef {import("./wire.js").When} When */
/** @typedef {import("./timers.js").Timers} Timers */

/**
 * The estimator: intersects the intervals that the probes allow. Offsets are against the monotonic clock, in ms.
 * @typedef {object} Estimate
 * @property {(t0: number, s1: number, s2: number, t3: number) => unknown} add
 * @property {(now: number) => number | null} offset
 * @property {(now: number) => number | null} uncertainty
 */

/**
 * @typedef {object} Clocks
 * @property {() => number} mono milliseconds of the monotonic clock (performance.now)
 * @property {() => number} wall milliseconds of the wall clock (Date.now)
 */

const BURST = 8;
const BURST_GAP_MS = 150;
const EVERY_MS = 15_000;
const STEP_MS = 250;
// Below this the shown time drifts towards the truth; above it steps once, and says so.
const SLEW_MS = 1000;
const SLEW_RATE = 0.1;
const AFTER_SLEEP_MS = 2000;

export class Timekeeper {
  #make;
  #clocks;
  #ask;
  #timers;
  #learned;
  /** How often the shown time jumped instead of drifting, and by how many ms at last. */
  stepped = { times: 0, by: 0 };
  #boot;
  /** @type {Estimate} */
  #estimate;
  #samples = 0;
  #sampledAt = 0;
  /** Shown server time minus monotonic clock. */
  /** @type {number | null} */
  #shown = null;
  #shownAt = 0;
  /** Server time minus wall clock, for the time after a sleep or before the first probe. */
  /** @type {number | null} */
  #wallOffset;
  #gap;
  #stale = true;
  #bursting = false;
  /** @type {any} */
  #next = null;

  /**
   * @param {object} parts
   * @param {() => Estimate} parts.estimate makes an empty estimate
   * @param {Clocks} parts.clocks
   * @param {(t0: number) => Promise<{s1: number, s2: number, t3: number}>} parts.ask one probe; rejects when lost
   * @param {string} parts.boot an id that changes with every load of the page
   * @param {number | null} [parts.wallOffset] what an earlier page found, in ms
   * @param {(wallOffset: number) => void} [parts.learned] told after each probe, to be remembered for the next page
   * @param {Timers} [parts.timers]
   */
  constructor({ estimate, clocks, ask, boot, wallOffset, learned, timers }) {
    this.#make = estimate;
    this.#estimate = estimate();
    this.#clocks = clocks;
    this.#ask = ask;
    this.#boot = boot;
    this.#wallOffset = wallOffset ?? null;
    this.#learned = learned ?? (() => {});
    this.#timers = timers ?? realTimers;
    this.#gap = clocks.wall() - clocks.mono();
  }

  /** Server time now, in UTC ms, as every screen of this device shows it. */
  now() {
    const mono = this.#clocks.mono();
    const offset = this.#stale || this.#samples === 0 ? null : this.#estimate.offset(mono);
    if (offset === null) {
      const guess = this.#clocks.wall() + (this.#wallOffset ?? 0);
      // What is shown meanwhile is what the next estimate is compared with.
      if (this.#shown !== null) this.#shown = guess - mono;
      this.#shownAt = mono;
      return guess;
    }
    if (this.#shown === null) {
      this.#shown = offset;
    } else {
      const off = offset - this.#shown;
      if (Math.abs(off) > SLEW_MS) {
        this.#shown = offset;
        this.stepped = { times: this.stepped.times + 1, by: off };
      } else {
        const most = (mono - this.#shownAt) * SLEW_RATE;
        this.#shown += Math.max(-most, Math.min(most, off));
      }
    }
    this.#shownAt = mono;
    return mono + this.#shown;
  }

  /** How far the shown time may be from the server's, in ms; null when it was never compared. */
  uncertainty() {
    if (this.#samples === 0) return this.#wallOffset === null ? null : AFTER_SLEEP_MS;
    if (this.#stale) return AFTER_SLEEP_MS;
    return this.#estimate.uncertainty(this.#clocks.mono());
  }

  /**
   * What this device's clocks say now: the evidence that each record carries.
   * @returns {When}
   */
  evidence() {
    const mono = this.#clocks.mono();
    const wall = this.#clocks.wall();
    return {
      wall: Math.round(wall),
      mono: Math.round(mono * 1000) / 1000,
      boot: this.#boot,
      offset: this.#wallOffset === null ? null : Math.round(this.now() - wall),
      uncertainty: rounded(this.uncertainty()),
      offset_age: this.#samples === 0 ? null : Math.round(mono - this.#sampledAt),
      tz: -new Date(wall).getTimezoneOffset(),
    };
  }

  /** Eight probes at once, then one every fifteen seconds. Called at start, after a wake-up and after a reconnect. */
  async burst() {
    if (this.#bursting) return;
    this.#bursting = true;
    this.#timers.clear(this.#next);
    for (let i = 0; i < BURST; i += 1) {
      await this.#probe();
      if (i < BURST - 1) await new Promise((resolve) => this.#timers.set(() => resolve(null), BURST_GAP_MS));
    }
    this.#bursting = false;
    this.#later();
  }

  /**
   * Look whether the device slept or somebody set its clock; both pull the wall and the monotonic clock apart.
   * @returns {boolean} whether it happened
   */
  checkForSleep() {
    const gap = this.#clocks.wall() - this.#clocks.mono();
    const jump = Math.abs(gap - this.#gap) > STEP_MS;
    this.#gap = gap;
    if (!jump) return false;
    this.#stale = true;
    this.#estimate = this.#make();
    this.#samples = 0;
    void this.burst();
    return true;
  }

  stop() {
    this.#timers.clear(this.#next);
  }

  #later() {
    this.#timers.clear(this.#next);
    this.#next = this.#timers.set(async () => {
      await this.#probe();
      this.#later();
    }, EVERY_MS);
  }

  async #probe() {
    const t0 = this.#clocks.mono();
    try {
      const { s1, s2, t3 } = await this.#ask(t0);
      this.#estimate.add(t0, s1, s2, t3);
      this.#samples += 1;
      this.#sampledAt = t3;
      this.#stale = false;
      const offset = this.#estimate.offset(t3);
      if (offset === null) return;
      this.#wallOffset = t3 + offset - (this.#clocks.wall() - (this.#clocks.mono() - t3));
      this.#learned(this.#wallOffset);
    } catch {
      // Lost on the way: the estimate only widens with its age.
    }
  }
}

/**
 * @param {number | null} ms
 * @returns {number | null}
 */
function rounded(ms) {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
