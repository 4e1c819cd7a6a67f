// The HTTP door: fetch with a time limit, and answers as values.

import { NotTaken } from "./outbox.js";
import { realTimers } from "./timers.js";

/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").Answer} Answer */
/** @typedef {import("./wire.js").Batch} Batch */
/** @typedef {import("./wire.js").Reset} Reset */
/** @typedef {import("./wire.js").Cursor} Cursor */
/** @typedef {import("./wire.js").WireEntry} WireEntry */
/** @typedef {import("./timers.js").Timers} Timers */

const PATIENCE_MS = 8000;

export class Door {
  #fetch;
  #base;
  #moment;
  #timers;

  /**
   * @param {object} parts
   * @param {typeof globalThis.fetch} parts.fetch
   * @param {string} [parts.base] where the API stands, without a slash at the end
   * @param {() => {mono: number, now: number}} parts.moment the device's clocks, sent as evidence with each batch
   * @param {Timers} [parts.timers]
   */
  constructor({ fetch, base = "/api", moment, timers = realTimers }) {
    this.#fetch = fetch;
    this.#base = base;
    this.#moment = moment;
    this.#timers = timers;
  }

  /**
   * Send records. Throws NotTaken with the status, 0 when the server was not reached.
   * @param {string} code
   * @param {WireRecord[]} records
   * @param {number} after how far this device has read the log
   * @returns {Promise<Answer>}
   */
  post(code, records, after) {
    const { mono, now } = this.#moment();
    return this.#ask(`/codes/${code}/records`, { records, after, mono_send: mono, now_est: Math.round(now) });
  }

  /**
   * Give back entries of others that the server no longer has; answers with the ids that it does not know for its own.
   * @param {string} code
   * @param {WireEntry[]} entries
   * @returns {Promise<string[]>}
   */
  async repair(code, entries) {
    /** @type {Answer} */
    const answer = await this.#ask(`/codes/${code}/repair`, { entries });
    return answer.results.filter((result) => result.status !== "recorded").map((result) => result.id);
  }

  /**
   * What the log holds after the cursor; with `wait`, the answer may take that many seconds until there is something.
   * @param {string} code
   * @param {Cursor} cursor
   * @param {number} [wait]
   * @returns {Promise<Batch | Reset>}
   */
  pull(code, cursor, wait = 0) {
    const query = new URLSearchParams({ after: String(cursor.seq), wait: String(wait) });
    if (cursor.epoch !== "") query.set("epoch", cursor.epoch);
    if (cursor.hash !== "") query.set("hash", cursor.hash);
    return this.#ask(`/codes/${code}/records?${query}`, null, PATIENCE_MS + wait * 1000);
  }

  /**
   * One clock probe.
   * @param {number} t0
   * @returns {Promise<{t0: number, s1: number, s2: number}>}
   */
  time(t0) {
    return this.#ask("/time", { t0 }, 4000);
  }

  /**
   * @param {string} path
   * @param {object | null} body posted when given
   * @param {number} [patience]
   * @returns {Promise<any>}
   */
  async #ask(path, body, patience = PATIENCE_MS) {
    const ending = new AbortController();
    const late = this.#timers.set(() => ending.abort(), patience);
    try {
      return await this.#answer(path, body, ending.signal);
    } finally {
      this.#timers.clear(late);
    }
  }

  /**
   * @param {string} path
   * @param {object | null} body
   * @param {AbortSignal} signal
   * @returns {Promise<any>}
   */
  async #answer(path, body, signal) {
    /** @type {Response} */
    let response;
    try {
      response = await this.#fetch(this.#base + path, {
        method: body === null ? "GET" : "POST",
        headers: body === null ? {} : { "Content-Type": "application/json" },
        body: body === null ? null : JSON.stringify(body),
        cache: "no-store",
        credentials: "same-origin",
        redirect: "error",
        signal,
      });
    } catch {
      throw new NotTaken(0, "The server was not reached.");
    }
    if (!response.ok) throw new NotTaken(response.status, await sentenceOf(response));
    try {
      return await response.json();
    } catch {
      // A guest network's log-in page, or an answer cut short: as good as not reached.
      throw new NotTaken(0, "The answer could not be read.");
    }
  }
}

/**
 * The sentence of a problem answer, if it has one.
 * @param {Response} response
 * @returns {Promise<string>}
 */
async function sentenceOf(response) {
  try {
    const problem = await response.json();
    return String(problem.detail ?? problem.title ?? "");
  } catch {
    return "";
  }
}
