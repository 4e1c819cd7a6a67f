// What the sync tests need of a browser and of a server: entries, records, a clock that moves when it is told to.

import { createHash } from "node:crypto";

export const CODE = "11111111-1111-4111-8111-111111111111";
export const DEVICE = "22222222-2222-4222-8222-222222222222";

/**
 * @param {number} number
 * @param {Partial<import("../../../static/js/sync/wire.js").WireRecord>} [more]
 * @returns {import("../../../static/js/sync/wire.js").WireRecord}
 */
export function recordOf(number, more = {}) {
  return {
    v: 1,
    id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    code: CODE,
    kind: "shock",
    at: 1_700_000_000_000 + number,
    precision: "second",
    certainty: "observed",
    earliest: null,
    latest: null,
    source: "tap",
    null_reason: null,
    payload: {},
    target: null,
    device: DEVICE,
    n: 0,
    role: null,
    seen: 0,
    when: null,
    ...more,
  };
}

/** A server that keeps a log: dense numbers, linked hashes, one place per id for ever. */
export class FakeServer {
  /** @type {import("../../../static/js/sync/wire.js").WireEntry[]} */
  log = [];
  epoch = "a";

  get head() {
    return this.log.length;
  }

  get hash() {
    return this.log.at(-1)?.hash ?? "";
  }

  /**
   * @param {import("../../../static/js/sync/wire.js").WireRecord[]} records
   * @returns {import("../../../static/js/sync/wire.js").Answer}
   */
  record(records) {
    const results = records.map((record) => {
      const known = this.log.find((entry) => entry.record.id === record.id);
      if (!known) this.append(record);
      const seq = known?.seq ?? this.head;
      return { id: record.id, status: /** @type {const} */ ("recorded"), seq, replay: known !== undefined };
    });
    return { results, head: this.head, epoch: this.epoch, now: 0 };
  }

  /** @param {import("../../../static/js/sync/wire.js").WireRecord} record */
  append(record) {
    const seq = this.head + 1;
    const prev = this.hash;
    const hash = createHash("sha256").update(`${this.epoch}${prev}${seq}${record.id}`).digest("hex");
    const by = { device: record.device, label: "iPad", person: null };
    this.log.push({ seq, received: 0, by, flags: [], prev, hash, record });
  }

  /**
   * @param {import("../../../static/js/sync/wire.js").Cursor} cursor
   * @param {number} [most]
   * @returns {import("../../../static/js/sync/wire.js").Batch | import("../../../static/js/sync/wire.js").Reset}
   */
  after(cursor, most = 1000) {
    const at = this.log[cursor.seq - 1];
    const other = cursor.epoch !== "" && cursor.epoch !== this.epoch;
    if (cursor.seq > 0 && (other || at === undefined || at.hash !== cursor.hash)) {
      return { t: "reset", why: other ? "epoch" : "fork", epoch: this.epoch, head: this.head };
    }
    const entries = this.log.slice(cursor.seq, cursor.seq + most);
    const from = cursor.seq + 1;
    return {
      t: "batch",
      code: CODE,
      epoch: this.epoch,
      from,
      to: cursor.seq + entries.length,
      head: this.head,
      now: 0,
      entries,
    };
  }

  /**
   * Restore a backup: the last records are gone and the epoch is new.
   * @param {number} kept
   */
  restore(kept) {
    const records = this.log.slice(0, kept).map((entry) => entry.record);
    this.log = [];
    this.epoch += "a";
    for (const record of records) this.append(record);
  }
}

/** Timers that fire when the test lets time pass. */
export class FakeTimers {
  now = 0;
  /** @type {Map<number, {at: number, work: () => void}>} */
  #waiting = new Map();
  #last = 0;

  get timers() {
    return {
      set: (/** @type {() => void} */ work, /** @type {number} */ ms) => {
        this.#last += 1;
        this.#waiting.set(this.#last, { at: this.now + ms, work });
        return this.#last;
      },
      clear: (/** @type {number} */ handle) => void this.#waiting.delete(handle),
    };
  }

  /**
   * Let time pass; everything that is due runs, in order.
   * @param {number} ms
   */
  async pass(ms) {
    await settled();
    const end = this.now + ms;
    for (;;) {
      const next = [...this.#waiting].filter(([, job]) => job.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!next) break;
      this.#waiting.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].work();
      await settled();
    }
    this.now = end;
    await settled();
  }
}

/** Let every promise that can go on go on. */
export async function settled() {
  for (let i = 0; i < 100; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
