// The device's disk: one IndexedDB database with the outbox, the log, and the cursors and counters of both.
//
// A write counts only when its transaction is complete, with strict durability; browsers otherwise say "saved" while
// the bytes are still in memory. Safari loses its database connection when a page was in the background, and every
// retry on the same handle then fails, so a failed act drops the handle and is done once more on a fresh one.

/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").WireEntry} WireEntry */
/** @typedef {import("./wire.js").Cursor} Cursor */

/**
 * An outbox item on disk. `refused` items are kept and shown until a person has seen to them.
 * @typedef {object} Kept
 * @property {string} id
 * @property {string} code
 * @property {WireRecord} record
 * @property {"waiting" | "refused"} state
 * @property {string | null} reason
 * @property {string | null} detail
 */

const VERSION = 2;
// A disk that has not answered by then is treated as a dead handle. Not a promise about speed.
const PATIENCE_MS = 4000;

export class Store {
  #factory;
  #name;
  /** @type {Promise<IDBDatabase> | null} */
  #opening = null;

  /**
   * @param {IDBFactory} factory
   * @param {string} [name]
   */
  constructor(factory, name = "ecpr-timeline") {
    this.#factory = factory;
    this.#name = name;
  }

  /**
   * Put a record in the outbox and give it the device's next number, both in one transaction.
   * @param {WireRecord} draft
   * @returns {Promise<WireRecord>} the record as it stands on disk
   */
  add(draft) {
    return this.#write(["outbox", "meta"], (tx, give) => {
      const meta = tx.objectStore("meta");
      const key = `n:${draft.device}`;
      const asked = meta.get(key);
      asked.onsuccess = () => {
        const n = (asked.result?.value ?? 0) + 1;
        const record = { ...draft, n };
        meta.put({ key, value: n });
        tx.objectStore("outbox").put(kept(record));
        give(record);
      };
    });
  }

  /**
   * Put records back that already have their number: what a restored server forgot.
   * @param {WireRecord[]} records
   * @returns {Promise<void>}
   */
  addAgain(records) {
    return this.#write(["outbox"], (tx) => {
      for (const record of records) tx.objectStore("outbox").put(kept(record));
    });
  }

  /**
   * Everything in the outbox, of every code, in the order of the device's counter.
   * @returns {Promise<Kept[]>}
   */
  async outbox() {
    /** @type {Kept[]} */
    const all = await this.#read(["outbox"], (tx, give) => {
      const asked = tx.objectStore("outbox").getAll();
      asked.onsuccess = () => give(asked.result);
    });
    return all.sort((a, b) => a.record.n - b.record.n);
  }

  /**
   * Take records out of the outbox: the server has them.
   * @param {string[]} ids
   * @returns {Promise<void>}
   */
  settle(ids) {
    return this.#write(["outbox"], (tx) => {
      for (const id of ids) tx.objectStore("outbox").delete(id);
    });
  }

  /**
   * Keep a record, marked as refused.
   * @param {WireRecord} record
   * @param {string} reason
   * @param {string} detail
   * @returns {Promise<void>}
   */
  refuse(record, reason, detail) {
    return this.#write(["outbox"], (tx) => {
      tx.objectStore("outbox").put({ ...kept(record), state: "refused", reason, detail });
    });
  }

  /**
   * The log of a code as far as this device has it, and the cursor behind it.
   * @param {string} code
   * @returns {Promise<{entries: WireEntry[], cursor: Cursor | null}>}
   */
  async log(code) {
    /** @type {{rows: {seq: number, entry: WireEntry}[], cursor: Cursor | null}} */
    const found = { rows: [], cursor: null };
    await this.#read(["log", "meta"], (tx) => {
      const rows = tx.objectStore("log").index("code").getAll(code);
      rows.onsuccess = () => {
        found.rows = rows.result;
      };
      const cursor = tx.objectStore("meta").get(`cursor:${code}`);
      cursor.onsuccess = () => {
        found.cursor = cursor.result?.value ?? null;
      };
    });
    return { entries: found.rows.sort((a, b) => a.seq - b.seq).map((row) => row.entry), cursor: found.cursor };
  }

  /**
   * Add entries to the log and move the cursor, together. An entry of another log that stood in the place of one (its
   * putting aside failed, or another tab follows the older log) is put aside, never written over.
   * @param {string} code
   * @param {Cursor} cursor
   * @param {WireEntry[]} entries
   * @returns {Promise<WireEntry[]>} what was put aside
   */
  async saveLog(code, cursor, entries) {
    /** @type {WireEntry[]} */
    const moved = [];
    await this.#write(["log", "meta", "aside"], (tx) => {
      const log = tx.objectStore("log");
      for (const entry of entries) {
        const there = log.get([code, /** @type {number} */ (entry.seq)]);
        there.onsuccess = () => {
          const old = /** @type {WireEntry | undefined} */ (there.result?.entry);
          if (old !== undefined && old.record.id !== entry.record.id) {
            moved.push(old);
            tx.objectStore("aside").put({ id: old.record.id, code, entry: old });
          }
          log.put({ code, seq: entry.seq, entry });
        };
      }
      tx.objectStore("meta").put({ key: `cursor:${code}`, value: cursor });
    });
    return moved;
  }

  /**
   * Put a code's log aside: the server's is another one now. What that one lacks is still to be given back.
   * @param {string} code
   * @returns {Promise<void>}
   */
  setAside(code) {
    return this.#write(["log", "meta", "aside"], (tx) => {
      const log = tx.objectStore("log");
      const rows = log.index("code").getAll(code);
      rows.onsuccess = () => {
        for (const { seq, entry } of rows.result) {
          tx.objectStore("aside").put({ id: entry.record.id, code, entry });
          log.delete([code, seq]);
        }
      };
      tx.objectStore("meta").delete(`cursor:${code}`);
    });
  }

  /**
   * What was put aside of a code's earlier logs.
   * @param {string} code
   * @returns {Promise<WireEntry[]>}
   */
  aside(code) {
    return this.#read(["aside"], (tx, give) => {
      const rows = tx.objectStore("aside").index("code").getAll(code);
      rows.onsuccess = () => give(rows.result.map((row) => row.entry));
    });
  }

  /**
   * Forget what was put aside: the server has it, or the outbox.
   * @param {string[]} ids
   * @returns {Promise<void>}
   */
  dropAside(ids) {
    return this.#write(["aside"], (tx) => {
      for (const id of ids) tx.objectStore("aside").delete(id);
    });
  }

  /**
   * @param {string[]} stores
   * @param {(tx: IDBTransaction, give: (value: any) => void) => void} work
   * @returns {Promise<any>}
   */
  #read(stores, work) {
    return this.#run((db) => db.transaction(stores, "readonly"), work);
  }

  /**
   * @param {string[]} stores
   * @param {(tx: IDBTransaction, give: (value: any) => void) => void} work
   * @returns {Promise<any>}
   */
  #write(stores, work) {
    return this.#run((db) => db.transaction(stores, "readwrite", { durability: "strict" }), work);
  }

  /**
   * @param {(db: IDBDatabase) => IDBTransaction} begin
   * @param {(tx: IDBTransaction, give: (value: any) => void) => void} work
   * @returns {Promise<any>}
   */
  async #run(begin, work) {
    try {
      return await completed(begin(await this.#open()), work);
    } catch {
      this.#drop();
      return await completed(begin(await this.#open()), work);
    }
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    this.#opening ??= new Promise((resolve, reject) => {
      const asked = this.#factory.open(this.#name, VERSION);
      const late = setTimeout(() => reject(new Error("The disk did not answer.")), PATIENCE_MS);
      asked.onupgradeneeded = ({ oldVersion }) => {
        const db = asked.result;
        if (oldVersion < 1) {
          db.createObjectStore("outbox", { keyPath: "id" });
          db.createObjectStore("log", { keyPath: ["code", "seq"] }).createIndex("code", "code");
          db.createObjectStore("meta", { keyPath: "key" });
        }
        db.createObjectStore("aside", { keyPath: "id" }).createIndex("code", "code");
      };
      asked.onerror = () => {
        clearTimeout(late);
        reject(asked.error);
      };
      asked.onsuccess = () => {
        clearTimeout(late);
        const db = asked.result;
        // A newer page wants to upgrade: an old tab must not block it.
        db.onversionchange = () => this.#drop();
        db.onclose = () => this.#drop();
        resolve(db);
      };
    });
    return this.#opening;
  }

  #drop() {
    const old = this.#opening;
    this.#opening = null;
    old?.then(
      (db) => db.close(),
      () => {},
    );
  }
}

/**
 * @param {WireRecord} record
 * @returns {Kept}
 */
function kept(record) {
  return { id: record.id, code: record.code, record, state: "waiting", reason: null, detail: null };
}

/**
 * Do `work` in a transaction; the promise is kept when the transaction is complete, not before.
 * @param {IDBTransaction} tx
 * @param {(tx: IDBTransaction, give: (value: any) => void) => void} work
 * @returns {Promise<any>}
 */
function completed(tx, work) {
  return new Promise((resolve, reject) => {
    /** @type {any} */
    let result;
    const late = setTimeout(() => reject(new Error("The disk did not answer.")), PATIENCE_MS);
    tx.oncomplete = () => {
      clearTimeout(late);
      resolve(result);
    };
    tx.onabort = () => {
      clearTimeout(late);
      reject(tx.error ?? new Error("The disk gave up."));
    };
    work(tx, (value) => {
      result = value;
    });
  });
}
