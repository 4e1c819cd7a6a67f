// The devices of chaos: the product's session in this process over a disk in memory, and whole browsers beside it.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { IDBFactory } from "fake-indexeddb";
import { Pen } from "../../../static/js/sync/pen.js";
import { Session } from "../../../static/js/sync/session.js";
import { Store } from "../../../static/js/sync/store.js";
import { ROOT, sleep } from "./programs.js";

/** @import { WireEntry, WireRecord } from "../../../static/js/sync/wire.js" */
/** @import { Way } from "./way.js" */

/** @typedef {{id: string, label: string, token: string}} Who */
/** @typedef {{record: WireRecord, kept: boolean | null}} Press `kept`: the device has said that it is safe */

const KINDS = ["shock", "rhythm_check", "rosc", "cannulation_start", "note"];

/** What was pressed, and what was called recorded. */
export class History {
  /** @type {Map<string, Press>} */
  presses = new Map();
  /** @type {Set<string>} */
  called = new Set();
  /** Faults of the devices, in words. @type {string[]} */
  faults = [];
}

/** The product's session, its sockets and requests real, its disk in memory. */
export class NodeDevice {
  #disk = new IDBFactory();
  /** @type {Session | null} */
  #session = null;
  /** @type {Pen | null} */
  #pen = null;
  #code;
  #history;
  #port;

  /**
   * @param {string} code
   * @param {Who} who
   * @param {Way} proxy
   * @param {number} port of the server behind it
   * @param {History} history
   */
  constructor(code, who, proxy, port, history) {
    this.who = who;
    this.proxy = proxy;
    this.#code = code;
    this.#port = port;
    this.#history = history;
  }

  async load() {
    const { who, proxy } = this;
    const authorization = `Bearer ${who.token}`;
    const session = new Session({
      code: this.#code,
      device: { id: who.id, label: who.label },
      store: new Store(this.#disk),
      fetch: (path, how) =>
        fetch(`http://127.0.0.1:${proxy.port}${path}`, { ...how, headers: { ...how?.headers, authorization } }),
      open: () => {
        const how = /** @type {any} */ ({ headers: { authorization, origin: `http://localhost:${this.#port}` } });
        return /** @type {any} */ (new WebSocket(`ws://127.0.0.1:${proxy.port}/ws/codes/${this.#code}/`, how));
      },
      mono: () => performance.now(),
      wall: () => Date.now(),
      wallOffset: 0,
      changed: () => {
        for (const item of session.outbox?.items ?? []) {
          if (item.state === "recorded") this.#history.called.add(item.record.id);
        }
      },
    });
    this.#pen = new Pen({
      code: this.#code,
      device: who.id,
      now: () => session.clock.now(),
      evidence: () => session.clock.evidence(),
      role: () => null,
      seen: () => session.feed.cursor.seq,
    });
    this.#session = session;
    const frame = { from: 1, to: 0, head: 0, now: Date.now(), entries: [] };
    void session.start({ t: "batch", code: this.#code, epoch: "", ...frame });
  }

  /** The page dies; what it had asked of its disk may or may not have been done. */
  async die() {
    this.#session?.stop();
    this.#session = null;
  }

  /** @param {{kind: string, payload?: Record<string, any>}} [said] */
  async press(said = { kind: KINDS[Math.floor(Math.random() * KINDS.length)] ?? "note" }) {
    const session = this.#session;
    if (session === null || this.#pen === null) return;
    const record = this.#pen.write(said);
    /** @type {Press} */
    const press = { record, kept: null };
    this.#history.presses.set(record.id, press);
    void session.outbox.add(record).then((safe) => {
      press.kept = safe;
    });
  }

  /** @returns {Promise<{waiting: number, log: WireEntry[]}>} */
  async state() {
    if (this.#session === null) await this.load();
    return { waiting: this.#session?.outbox.pending ?? 0, log: this.#session?.feed.entries ?? [] };
  }
}

/** The program that moves the browsers. */
export class Hands {
  #child;
  #last = 0;
  /** @type {Map<number, (said: any) => void>} */
  #asked = new Map();

  /**
   * @param {string} site
   * @param {string} code
   */
  constructor(site, code) {
    this.#child = spawn("python", ["tests/js/chaos/hands.py", site, code], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      const said = JSON.parse(line);
      this.#asked.get(said.id)?.(said);
      this.#asked.delete(said.id);
    });
  }

  /**
   * @param {number} device
   * @param {object} what
   * @returns {Promise<any>}
   */
  ask(device, what) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#child.stdin.write(`${JSON.stringify({ id, device, ...what })}\n`);
    });
  }

  /** @returns {Promise<void>} */
  close() {
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.stdin.end();
    });
  }
}

/** A whole browser with the page, the service worker and the disk that a person's tablet has. */
export class BrowserDevice {
  #runs = false;
  #hands;
  #number;
  #history;

  /**
   * @param {Hands} hands
   * @param {number} number
   * @param {Who} who
   * @param {Way} proxy
   * @param {History} history
   */
  constructor(hands, number, who, proxy, history) {
    this.who = who;
    this.proxy = proxy;
    this.#hands = hands;
    this.#number = number;
    this.#history = history;
  }

  /** Start the browser on its disk, or load its page anew where it runs. */
  async load() {
    const { proxy, who } = this;
    const open = { do: "open", port: proxy.port, token: who.token, name: who.id };
    const said = await this.#ask(this.#runs ? { do: "reload" } : open);
    this.#runs = true;
    if (said.failed) this.#history.faults.push(`${who.label} did not open: ${said.failed}`);
  }

  /** The whole browser dies, as when a tablet's battery does. */
  async die() {
    this.#runs = false;
    await this.#ask({ do: "kill" });
  }

  async press() {
    const said = await this.#ask({ do: "tap" });
    if (said.silent) this.#history.faults.push(`a tap on ${this.who.label} left nothing on its disk`);
  }

  /** @returns {Promise<{waiting: number, log: WireEntry[]}>} */
  async state() {
    const said = await this.#ask({ do: "state" });
    if (said.failed) {
      await this.load();
      return { waiting: 1, log: [] };
    }
    return { waiting: said.waiting, log: said.log };
  }

  /** @param {object} what */
  async #ask(what) {
    const said = await this.#hands.ask(this.#number, what);
    for (const record of said.fresh ?? []) {
      if (record.source === "tap") this.#history.presses.set(record.id, { record, kept: true });
    }
    for (const entry of said.log ?? []) {
      if (entry.record.device === this.who.id) this.#history.called.add(entry.record.id);
    }
    return said;
  }
}

/**
 * Wait until a condition holds, at most so long.
 * @param {() => Promise<boolean>} holds
 * @param {number} ms
 * @returns {Promise<boolean>} whether it held in the end
 */
export async function until(holds, ms) {
  const give = performance.now() + ms;
  while (performance.now() < give) {
    if (await holds()) return true;
    await sleep(250);
  }
  return false;
}
