// The feed: one code's log on this device. Entries are applied strictly by their number, each linked to the one before
// it; a gap is filled by asking, another log (a restored server) is read from its start, and what that log forgot is given
// back: this device's own records as records, those of others as the entries they were.

/** @typedef {import("./wire.js").WireEntry} WireEntry */
/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").Batch} Batch */
/** @typedef {import("./wire.js").Reset} Reset */
/** @typedef {import("./wire.js").Head} Head */
/** @typedef {import("./wire.js").Cursor} Cursor */

/**
 * @typedef {object} LogDisk
 * @property {(code: string) => Promise<{entries: WireEntry[], cursor: Cursor | null}>} log
 * @property {(code: string, cursor: Cursor, entries: WireEntry[]) => Promise<WireEntry[]>} saveLog gives what of another
 *   log it put aside
 * @property {(code: string) => Promise<void>} setAside
 * @property {(code: string) => Promise<WireEntry[]>} aside
 * @property {(ids: string[]) => Promise<void>} dropAside
 */

/** @type {Cursor} */
const START = { epoch: "", seq: 0, hash: "" };
const GIVEN_AT_ONCE = 50;

export class Feed {
  #code;
  #device;
  #disk;
  #pull;
  #changed;
  #confirmed;
  #forgotten;
  #giveBack;
  /** @type {WireEntry[]} */
  #entries = [];
  /** @type {Set<string>} */
  #ids = new Set();
  /** @type {Cursor} */
  #cursor = START;
  /** @type {Map<string, WireEntry>} entries of logs before a reset, until they are in this one or in the outbox */
  #before = new Map();
  /** @type {Set<string>} of those, what the server does not take for its own */
  #unproven = new Set();
  #giving = false;
  #loaded = false;
  /** Another log has begun, and what this device was told is recorded may not be in it. */
  #begunAnew = false;
  /** @type {Promise<boolean> | null} */
  #catching = null;
  #again = false;
  #writing = Promise.resolve();

  /**
   * @param {object} parts
   * @param {string} parts.code
   * @param {string} parts.device this device: its own records are offered again after a reset
   * @param {LogDisk} parts.disk
   * @param {(cursor: Cursor, wait: number) => Promise<Batch | Reset>} parts.pull
   * @param {() => void} [parts.changed]
   * @param {(ids: string[]) => void} [parts.confirmed]
   * @param {(records: WireRecord[]) => Promise<void>} [parts.forgotten] kept when they are safe in the outbox
   * @param {(entries: WireEntry[]) => Promise<string[]>} [parts.giveBack] the ids that the server refused
   */
  constructor({ code, device, disk, pull, changed, confirmed, forgotten, giveBack }) {
    this.#code = code;
    this.#device = device;
    this.#disk = disk;
    this.#pull = pull;
    this.#changed = changed ?? (() => {});
    this.#confirmed = confirmed ?? (() => {});
    this.#forgotten = forgotten ?? (async () => {});
    this.#giveBack = giveBack ?? (async (entries) => entries.map((entry) => entry.record.id));
  }

  /** Confirmed entries, in order. */
  get entries() {
    return this.#entries;
  }

  get cursor() {
    return this.#cursor;
  }

  /**
   * @param {string} id
   * @returns {boolean}
   */
  has(id) {
    return this.#ids.has(id);
  }

  /** Take the log that this device kept, so that a reload without network shows the last known state. Once is enough. */
  async load() {
    if (this.#loaded) return;
    const [{ entries, cursor }, aside] = await Promise.all([this.#disk.log(this.#code), this.#disk.aside(this.#code)]);
    this.#loaded = true;
    for (const entry of aside) this.#before.set(entry.record.id, entry);
    // The page brought the log as it was when it was made; a page from the shell is older than the disk. The disk's word
    // is checked like anyone's: only what links to what is here counts.
    const same = cursor !== null && (this.#cursor.epoch === "" || this.#cursor.epoch === cursor.epoch);
    for (const entry of same ? entries : []) {
      if (entry.seq !== null && entry.seq <= this.#cursor.seq) continue;
      if (!this.#follows(entry)) break;
      this.#append(entry, cursor?.epoch ?? "");
    }
    // The rest is of another log, from before a restore; the network says which one stands.
    const rest = entries.filter((entry) => !this.#ids.has(entry.record.id));
    for (const entry of rest) this.#before.set(entry.record.id, entry);
    if (rest.length > 0) this.#putAside();
    this.#save(this.#entries);
    this.#changed();
  }

  /**
   * Take the log that the page brought with it. Nothing is asked for yet: the disk may know more.
   * @param {Batch} frame
   */
  begin(frame) {
    for (const entry of frame.entries) if (this.#follows(entry)) this.#append(entry, frame.epoch);
    if (this.#cursor.seq === 0) this.#cursor = { ...START, epoch: frame.epoch };
  }

  /**
   * Whether an epoch is another than this log's, as far as it is known.
   * @param {string} epoch
   * @returns {boolean}
   */
  isElsewhere(epoch) {
    const elsewhere = this.#cursor.epoch !== "" && this.#cursor.epoch !== epoch;
    if (elsewhere) void this.catchUp();
    return elsewhere;
  }

  /** How many entries of others the server forgot and has not taken back yet. */
  get owed() {
    return this.#before.size - this.#unproven.size;
  }

  /**
   * Take a message from either road.
   * @param {Batch | Reset | Head | {t: string}} message
   */
  take(message) {
    if (message.t === "batch") this.#takeBatch(/** @type {Batch} */ (message));
    else if (message.t === "reset") this.#restart(/** @type {Reset} */ (message).epoch);
    else if (message.t === "head" || message.t === "welcome") this.#takeHead(/** @type {Head} */ (message));
  }

  /**
   * Read everything after the cursor. Calls while one runs are folded into one more round.
   * @param {number} [wait] seconds that the server may hold the answer
   * @returns {Promise<boolean>} whether the server answered
   */
  catchUp(wait = 0) {
    if (this.#catching) {
      this.#again = true;
      return this.#catching;
    }
    this.#catching = this.#rounds(wait).finally(() => {
      this.#catching = null;
      // Asked for in the moment between the last look and this one.
      if (this.#again) void this.catchUp();
    });
    return this.#catching;
  }

  /**
   * @param {number} wait
   * @returns {Promise<boolean>}
   */
  async #rounds(wait) {
    try {
      for (let held = wait; ; held = 0) {
        this.#again = false;
        const before = this.#cursor;
        const answer = await this.#pull(before, held);
        this.take(answer);
        const behind = answer.t === "batch" && this.#cursor.seq < answer.head;
        const moved = this.#cursor.seq !== before.seq || this.#cursor.epoch !== before.epoch;
        // A server that says "more" and gives nothing must not be asked at full speed.
        if (!this.#again && !(behind && moved) && answer.t !== "reset") return true;
        if (!moved && behind) return true;
      }
    } catch {
      return false;
    }
  }

  /** @param {Batch} batch */
  #takeBatch(batch) {
    if (batch.code !== this.#code) return;
    if (this.#cursor.seq > 0 && batch.epoch !== this.#cursor.epoch) {
      this.#restart(batch.epoch);
      return;
    }
    /** @type {WireEntry[]} */
    const fresh = [];
    let gap = false;
    for (const entry of batch.entries) {
      if (entry.seq === null || entry.seq <= this.#cursor.seq) continue;
      if (entry.seq > this.#cursor.seq + 1) {
        gap = true;
        break;
      }
      if (!this.#follows(entry)) {
        this.#restart(batch.epoch);
        return;
      }
      this.#append(entry, batch.epoch);
      fresh.push(entry);
    }
    if (this.#cursor.seq === 0) this.#cursor = { ...START, epoch: batch.epoch };
    if (fresh.length > 0) {
      this.#save(fresh);
      this.#changed();
    }
    if (this.#cursor.seq >= batch.head) void this.reckon();
    if (gap || this.#cursor.seq < batch.head) void this.catchUp();
  }

  /** @param {Head} head */
  #takeHead(head) {
    const { epoch, seq, hash } = this.#cursor;
    const other = seq > 0 && head.epoch !== epoch;
    const forked = head.head === seq && seq > 0 && head.hash !== undefined && head.hash !== hash;
    // Behind, ahead or elsewhere: the door answers each with what is right, after looking at the cursor.
    if (other || forked || head.head !== seq) void this.catchUp();
  }

  /**
   * The log is another one now: read it from its start.
   * @param {string} epoch
   */
  #restart(epoch) {
    for (const entry of this.#entries) this.#before.set(entry.record.id, entry);
    this.#entries = [];
    this.#ids = new Set();
    this.#cursor = { ...START, epoch };
    this.#begunAnew = true;
    this.#putAside();
    this.#changed();
    void this.catchUp();
  }

  /** The new log is read to its head: what is not in it was forgotten, and is given back. Called until it is there. */
  async reckon() {
    if ((this.#before.size === 0 && !this.#begunAnew) || this.#giving) return;
    this.#giving = true;
    try {
      await this.#forget([...this.#before.keys()].filter((id) => this.#ids.has(id)));
      const lost = [...this.#before.values()];
      const own = lost.filter((entry) => entry.record.device === this.#device).map((entry) => entry.record);
      if (own.length > 0 || this.#begunAnew) {
        this.#begunAnew = false;
        await this.#forgotten(own);
        await this.#forget(own.map((record) => record.id));
      }
      const others = lost.filter(({ record }) => record.device !== this.#device && !this.#unproven.has(record.id));
      for (let i = 0; i < others.length; i += GIVEN_AT_ONCE) {
        const refused = await this.#giveBack(others.slice(i, i + GIVEN_AT_ONCE));
        for (const id of refused) this.#unproven.add(id);
      }
    } catch {
      // Not reached: it is tried again with the next beat.
    } finally {
      this.#giving = false;
    }
  }

  /** @param {string[]} ids held by the server, or by the outbox */
  async #forget(ids) {
    if (ids.length === 0) return;
    for (const id of ids) {
      this.#before.delete(id);
      this.#unproven.delete(id);
    }
    // After what was written before, so that nothing is dropped from aside that is not yet in the log on disk.
    this.#writing = this.#writing.then(() => this.#disk.dropAside(ids)).catch(() => {});
    await this.#writing;
  }

  #putAside() {
    this.#writing = this.#writing.then(() => this.#disk.setAside(this.#code)).catch(() => {});
  }

  /**
   * @param {WireEntry} entry
   * @returns {boolean}
   */
  #follows(entry) {
    return entry.seq === this.#cursor.seq + 1 && (entry.prev ?? "") === this.#cursor.hash;
  }

  /**
   * @param {WireEntry} entry
   * @param {string} epoch
   */
  #append(entry, epoch) {
    this.#entries.push(entry);
    this.#ids.add(entry.record.id);
    this.#cursor = { epoch, seq: /** @type {number} */ (entry.seq), hash: entry.hash };
  }

  /** @param {WireEntry[]} entries */
  #save(entries) {
    const cursor = this.#cursor;
    if (cursor.epoch === "") return;
    const kept = [...entries];
    const ids = kept.map((entry) => entry.record.id);
    // A failed write harms nothing but the next offline reload: the log is on the server. The outbox lets go of a record
    // only when the log holds it on this disk too, so that the device can give it back to a server that forgot.
    this.#writing = this.#writing
      .then(() => this.#disk.saveLog(this.#code, cursor, kept))
      .then((moved) => {
        for (const entry of moved) this.#before.set(entry.record.id, entry);
        this.#confirmed(ids);
      })
      .catch(() => {});
  }
}
