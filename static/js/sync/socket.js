// The road down: a socket when there is one, a held request when there is not, a plain question when that fails too.
// Everything a socket says is a hint or a batch; the feed does the rest, so a dead socket costs time, never records.

import { pauseAfter, realTimers } from "./timers.js";

/** @typedef {import("./timers.js").Timers} Timers */

/**
 * - connecting: nothing heard yet
 * - live: the socket speaks
 * - polling: the server answers, sockets do not get through
 * - lost: nothing gets through
 * @typedef {"connecting" | "live" | "polling" | "lost"} Mode
 */

/**
 * The part of a WebSocket that is used.
 * @typedef {object} Wire
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 * @property {(text: string) => void} send
 * @property {() => void} close
 */

const OPEN_WITHIN_MS = 4000;
// The server says its head every five seconds, to thousands within seven. Silence is asked about before it counts; a
// browser that says its network is gone is asked about at once.
const ASK_AFTER_MS = 7000;
const ANSWER_WITHIN_MS = 2000;
const POLL_AFTER_MS = 3000;
const POLL_PAUSE_MS = 2000;
const HELD_SECONDS = 25;

export class Link {
  #open;
  #hello;
  #question;
  #receive;
  #pull;
  #changed;
  #timers;
  #random;
  /** @type {Wire | null} */
  #wire = null;
  /** @type {any} */
  #watch = null;
  /** @type {any} */
  #retry = null;
  /** @type {any} */
  #fallback = null;
  #failures = 0;
  #polling = false;
  #stopped = true;
  /** @type {Mode} */
  mode = "connecting";

  /**
   * @param {object} parts
   * @param {() => Wire} parts.open
   * @param {() => object} parts.hello said first on every new socket: the cursor
   * @param {() => object} parts.question any answer to it shows that the socket is alive
   * @param {(message: any) => void} parts.receive
   * @param {(wait: number) => Promise<boolean>} parts.pull asks over HTTP; true when the server answered
   * @param {(mode: Mode) => void} [parts.changed]
   * @param {Timers} [parts.timers]
   * @param {() => number} [parts.random]
   */
  constructor({ open, hello, question, receive, pull, changed, timers, random }) {
    this.#open = open;
    this.#hello = hello;
    this.#question = question;
    this.#receive = receive;
    this.#pull = pull;
    this.#changed = changed ?? (() => {});
    this.#timers = timers ?? realTimers;
    this.#random = random ?? Math.random;
  }

  start() {
    this.#stopped = false;
    this.#connect();
    this.#pollUnlessLive();
  }

  stop() {
    this.#stopped = true;
    this.#timers.clear(this.#retry);
    this.#timers.clear(this.#fallback);
    this.#discard();
  }

  /** The device woke up or the network came back: an old socket may say it is open and be dead. */
  wake() {
    if (this.#stopped) return;
    this.#failures = 0;
    this.#connect();
    this.#pollUnlessLive();
  }

  /** Nothing was heard for long, or the browser says that its network is gone: ask, and soon give the socket up. */
  doubt() {
    if (this.#stopped || this.#wire === null) return;
    this.say(this.#question());
    this.#giveUpAfter(ANSWER_WITHIN_MS);
  }

  /**
   * @param {object} message
   * @returns {boolean} false when there is no live socket
   */
  say(message) {
    if (this.#wire === null || this.mode !== "live") return false;
    try {
      this.#wire.send(JSON.stringify(message));
      return true;
    } catch {
      return false;
    }
  }

  #connect() {
    this.#timers.clear(this.#retry);
    this.#discard();
    /** @type {Wire} */
    let wire;
    try {
      wire = this.#open();
    } catch {
      this.#lost();
      return;
    }
    this.#wire = wire;
    this.#giveUpAfter(OPEN_WITHIN_MS);
    wire.onopen = () => {
      if (wire !== this.#wire) return;
      this.#listen();
      try {
        wire.send(JSON.stringify({ t: "hello", ...this.#hello() }));
      } catch {
        this.#lost();
      }
    };
    wire.onmessage = (event) => {
      if (wire !== this.#wire) return;
      this.#listen();
      this.#failures = 0;
      this.#say("live");
      /** @type {any} */
      let message;
      try {
        message = JSON.parse(event.data);
      } catch {
        return;
      }
      this.#receive(message);
    };
    // The reason of a close is for logs: the answer is always to connect again.
    wire.onclose = () => wire === this.#wire && this.#lost();
    wire.onerror = () => wire === this.#wire && this.#lost();
  }

  #listen() {
    this.#timers.clear(this.#watch);
    this.#watch = this.#timers.set(() => this.doubt(), ASK_AFTER_MS);
  }

  /** @param {number} ms */
  #giveUpAfter(ms) {
    this.#timers.clear(this.#watch);
    this.#watch = this.#timers.set(() => this.#lost(), ms);
  }

  #lost() {
    this.#discard();
    if (this.#stopped) return;
    this.#failures += 1;
    if (this.mode === "live") this.#say("connecting");
    this.#timers.clear(this.#retry);
    this.#retry = this.#timers.set(() => this.#connect(), pauseAfter(this.#failures, this.#random));
    this.#pollUnlessLive();
  }

  #discard() {
    this.#timers.clear(this.#watch);
    const wire = this.#wire;
    this.#wire = null;
    if (wire === null) return;
    wire.onopen = null;
    wire.onmessage = null;
    wire.onclose = null;
    wire.onerror = null;
    try {
      wire.close();
    } catch {
      // It was never open.
    }
  }

  #pollUnlessLive() {
    if (this.#polling) return;
    this.#timers.clear(this.#fallback);
    this.#fallback = this.#timers.set(() => void this.#poll(), POLL_AFTER_MS);
  }

  async #poll() {
    if (this.#polling) return;
    this.#polling = true;
    while (!this.#stopped && !this.#isLive()) {
      const answered = await this.#pull(this.mode === "polling" ? HELD_SECONDS : 0);
      if (this.#stopped || this.#isLive()) break;
      this.#say(answered ? "polling" : "lost");
      if (!answered) await new Promise((resolve) => this.#timers.set(() => resolve(null), POLL_PAUSE_MS));
    }
    this.#polling = false;
  }

  #isLive() {
    return this.mode === "live";
  }

  /** @param {Mode} mode */
  #say(mode) {
    if (this.mode === mode) return;
    this.mode = mode;
    this.#changed(mode);
  }
}
