// The HTTP door: fetch with a time limit, and answers as values.

import { NotTaken } from "./outbox.js";

/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").Answer} Answer */
/** @typedef {import("./wire.js").Batch} Batch */
/** @typedef {import("./wire.js").Reset} Reset */
/** @typedef {import("./wire.js").Cursor} Cursor */

const PATIENCE_MS = 8000;

export class Door {
  #fetch;
  #base;
  #moment;

  /**
   * @param {object} parts
   * @param {typeof globalThis.fetch} parts.fetch
   * @param {string} [parts.base] where the API stands, without a slash at the end
   * @param {() => {mono: number, now: number}} parts.moment the device's clocks, sent as evidence with each batch
   */
  constructor({ fetch, base = "/api", moment }) {
    this.#fetch = fetch;
    this.#base = base;
    this.#moment = moment;
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
        signal: AbortSignal.timeout(patience),
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
