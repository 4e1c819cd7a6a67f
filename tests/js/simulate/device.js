// A device of a simulation: clocks that are wrong, a disk, a network of its own, and one or two pages that run the product's
// own session. Pages die and are loaded again; the disk stays.

import { Platter, SimulatedDisk } from "./disk.js";

/** @import { World } from "./world.js" */
/** @import { Cluster } from "./servers.js" */
/** @import { Product } from "./product.js" */
/** @import { Session as SessionType } from "../../../static/js/sync/session.js" */
/** @import { WireRecord } from "../../../static/js/sync/wire.js" */
/** @import { Wire } from "../../../static/js/sync/socket.js" */

/**
 * What a device pressed. `kept`: it was told that the record is safe; null while nobody told it anything.
 * @typedef {object} Press
 * @property {WireRecord} record
 * @property {number} device
 * @property {boolean | null} kept
 */

/** The way between one device and the server. */
export class Link {
  up = true;
  /** Everything vanishes, and nobody is told. */
  swallowing = false;
  /** A guest network's log-in page answers instead of the server. */
  captive = false;
  /** Sockets are refused; requests pass. */
  socketsBlocked = false;
  lost = 0;
  doubled = 0;
  slow = 30;
  /** Answers 503 without doing anything, or after doing it. */
  failing = 0;
}

export class Device {
  platter = new Platter();
  link = new Link();
  /** @type {Page[]} */
  pages = [];
  asleep = false;
  /** Wiped at some time: what only this device held may be gone. */
  wiped = false;
  /** Milliseconds by which the wall clock is off, and how much the crystal drifts. */
  skew;
  drift;
  #lost = 0;
  #sleptFrom = 0;
  /** @type {Promise<void>} */
  #lock = Promise.resolve();

  /**
   * @param {object} parts
   * @param {World} parts.world
   * @param {Cluster} parts.cluster
   * @param {Product} parts.product
   * @param {number} parts.number
   * @param {{id: string, label: string, token: string}} parts.who
   * @param {string} parts.code
   * @param {History} parts.history
   */
  constructor({ world, cluster, product, number, who, code, history }) {
    this.world = world;
    this.cluster = cluster;
    this.product = product;
    this.number = number;
    this.who = who;
    this.code = code;
    this.history = history;
    this.skew = world.between(-600_000, 600_000);
    this.drift = world.between(-100e-6, 100e-6);
  }

  /** The monotonic clock, which stands still while the device sleeps. */
  mono = () => (this.world.now - 1_790_000_000_000 - this.#lost) * (1 + this.drift);
  wall = () => this.world.now * (1 + this.drift * 1e-6) + this.skew;

  /** @param {any} frame */
  load(frame) {
    const page = new Page(this, frame);
    this.pages.push(page);
    return page;
  }

  /** Every page of it dies in the middle of whatever it did. */
  crash() {
    for (const page of this.pages) page.die();
    this.pages = [];
  }

  sleep() {
    if (this.asleep) return;
    this.asleep = true;
    this.#sleptFrom = this.world.now;
  }

  wake() {
    if (!this.asleep) return;
    this.asleep = false;
    this.#lost += this.world.now - this.#sleptFrom;
    for (const page of this.pages) page.wake();
  }

  /**
   * One page at a time flushes, as with a browser's lock; a page that dies gives it back.
   * @param {() => Promise<void>} work
   * @param {Promise<void>} death
   */
  alone(work, death) {
    const mine = this.#lock.then(work);
    this.#lock = Promise.race([mine, death]).catch(() => {});
    return mine;
  }
}

/** What the checker needs to know of every press and of everything that was ever applied. */
export class History {
  /** @type {Map<string, Press>} */
  presses = new Map();
  /** Ids that a screen called recorded, with the epoch of that moment. */
  /** @type {Map<string, string>} */
  called = new Map();
  /** Every place in a log that a device ever stood at: epoch, seq and hash. */
  /** @type {Set<string>} */
  stood = new Set();
}

class Page {
  #alive = true;
  #died = () => {};
  /** @type {Promise<void>} */
  #death = new Promise((resolve) => {
    this.#died = resolve;
  });
  /** @type {(() => void)[]} */
  #whenAwake = [];

  /**
   * @param {Device} device
   * @param {any} frame
   */
  constructor(device, frame) {
    this.device = device;
    const { world, product } = device;
    const alive = () => this.#alive;
    const disk = new SimulatedDisk(world, device.platter, alive);
    /** @type {SessionType} */
    this.session = new product.Session({
      code: device.code,
      device: { id: device.who.id, label: device.who.label },
      store: /** @type {any} */ (disk),
      fetch: /** @type {any} */ (this.#fetch),
      open: () => this.#open(),
      mono: device.mono,
      wall: device.wall,
      wallOffset: frame.now - device.wall(),
      alone: (work) => device.alone(work, this.#death),
      changed: () => this.#look(),
      timers: { set: (work, ms) => this.#later(ms, work), clear: (due) => world.cancel(due) },
      random: world.random,
    });
    this.pen = new product.Pen({
      code: device.code,
      device: device.who.id,
      now: () => this.session.clock.now(),
      evidence: () => this.session.clock.evidence(),
      role: () => null,
      seen: () => this.session.feed.cursor.seq,
    });
    void this.session.start(frame);
  }

  /**
   * @param {import("../../../static/js/sync/pen.js").Said} said
   */
  press(said) {
    const record = { ...this.pen.write(said), id: this.device.world.uuid() };
    /** @type {Press} */
    const press = { record, device: this.device.number, kept: null };
    this.device.history.presses.set(record.id, press);
    void this.session.outbox.add(record).then((safe) => {
      press.kept = safe;
    });
  }

  die() {
    this.#alive = false;
    this.#died();
    this.session.stop();
  }

  get alive() {
    return this.#alive;
  }

  wake() {
    for (const work of this.#whenAwake.splice(0)) work();
    this.session.wake();
  }

  /** Note what the screen says now. */
  #look() {
    if (!this.#alive || this.session === undefined) return;
    const { history } = this.device;
    const { epoch, seq, hash } = this.session.feed.cursor;
    if (seq > 0) history.stood.add(`${epoch} ${seq} ${hash}`);
    for (const item of this.session.outbox.items) {
      if (item.state === "recorded" && !history.called.has(item.record.id)) history.called.set(item.record.id, epoch);
    }
  }

  /**
   * A timer of this page: it waits while the device sleeps, and never fires in a dead page.
   * @param {number} ms
   * @param {() => void} work
   */
  #later(ms, work) {
    const fire = () => {
      if (!this.#alive) return;
      if (this.device.asleep) this.#whenAwake.push(work);
      else work();
    };
    return this.device.world.after(ms / (1 + this.device.drift), fire);
  }

  /** @param {() => void} heard something from outside reaches this page, now or when it is awake */
  #arrive(heard) {
    if (!this.#alive) return;
    if (this.device.asleep) this.#whenAwake.push(heard);
    else heard();
  }

  /**
   * @param {string} path
   * @param {{method: string, body: string | null, signal: AbortSignal}} how
   */
  #fetch = (path, { method, body, signal }) => {
    const { world, link, cluster, who } = this.device;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("Given up.")));
      if (!link.up) {
        world.after(5, () => this.#arrive(() => reject(new TypeError("No network."))));
        return;
      }
      if (link.captive) {
        world.after(20, () => this.#arrive(() => resolve(answerOf(200, "<html>Log in</html>"))));
        return;
      }
      if (link.swallowing || world.chance(link.lost)) return;
      const back = (/** @type {number} */ status, /** @type {string} */ text) => {
        if (!link.up || link.swallowing || world.chance(link.lost)) return;
        const said = world.chance(link.failing) ? 503 : status;
        world.after(world.between(1, link.slow), () => this.#arrive(() => resolve(answerOf(said, text))));
      };
      const request = { method, path, body: body ?? "", token: who.token };
      const arrive = async () => {
        if (!link.up || link.swallowing) return;
        if (world.chance(link.failing)) {
          back(503, '{"detail":"busy"}');
          return;
        }
        const refused = () => world.after(2, () => this.#arrive(() => reject(new TypeError("Refused."))));
        await cluster.request(request, back, refused);
      };
      world.after(world.between(1, link.slow), arrive);
      if (world.chance(link.doubled)) world.after(world.between(1, 6000), arrive);
    });
  };

  /** @returns {Wire} */
  #open() {
    const { world, link, cluster, who, code } = this.device;
    /** @type {Wire} */
    const wire = { onopen: null, onmessage: null, onclose: null, onerror: null, send: () => {}, close: () => {} };
    let number = /** @type {number | undefined} */ (undefined);
    let closed = false;
    // One stream in each direction: nothing in it overtakes.
    let downAt = 0;
    let upAt = 0;
    const cut = () => {
      if (closed) return;
      closed = true;
      world.after(2, () => this.#arrive(() => wire.onclose?.({})));
    };
    const heard = (/** @type {string | true | null} */ message) => {
      if (message === null) {
        cut();
        return;
      }
      if (!link.up || link.swallowing) return;
      downAt = Math.max(downAt, world.now + world.between(1, link.slow));
      world.after(downAt - world.now, () => {
        if (closed || !link.up || link.swallowing) return;
        this.#arrive(() => (message === true ? wire.onopen?.({}) : wire.onmessage?.({ data: message })));
      });
    };
    wire.send = (text) => {
      upAt = Math.max(upAt, world.now + world.between(1, link.slow));
      world.after(upAt - world.now, async () => {
        if (closed || !link.up || link.swallowing || number === undefined) return;
        await cluster.say(number, text);
      });
    };
    wire.close = () => {
      if (closed) return;
      closed = true;
      world.after(world.between(1, link.slow), async () => {
        if (number !== undefined) await cluster.shut(number);
      });
    };
    if (!link.up || link.socketsBlocked || link.captive) {
      world.after(10, cut);
      return wire;
    }
    world.after(world.between(1, link.slow), async () => {
      if (closed || !link.up || link.swallowing) return;
      number = await cluster.open({ code, token: who.token }, heard);
      if (number === undefined) cut();
    });
    return wire;
  }
}

/**
 * @param {number} status
 * @param {string} text
 */
function answerOf(status, text) {
  return { ok: status >= 200 && status < 300, status, json: async () => JSON.parse(text) };
}
