// One run of the simulation: devices press while things go wrong, then everything is mended, and then everything has to
// be there, once, everywhere, to the byte.

import { Device, History } from "./device.js";
import { FAULTS, swarm } from "./faults.js";
import { Cluster } from "./servers.js";
import { World } from "./world.js";

/** @import { Processes } from "./servers.js" */
/** @import { Product } from "./product.js" */

/**
 * @typedef {object} Report
 * @property {number} seed
 * @property {number} presses
 * @property {number} acked presses that a screen called recorded
 * @property {number} recovered in the log although no answer ever said so
 * @property {Record<string, number>} faults how often each happened
 * @property {number} kills
 * @property {number} events
 * @property {number} seconds of simulated time
 * @property {number} converged milliseconds from the mending until all were equal
 * @property {number} lost
 * @property {number} duplicated
 * @property {number} diverged devices that did not end as the server
 * @property {string[]} why sentences, empty when all is well
 */

const PRESS_EVERY_MS = 400;
const PATIENCE_MS = 90_000;
const KINDS = [
  "shock",
  "drug",
  "rhythm_check",
  "cannulation_start",
  "flow_established",
  "rosc",
  "note",
  "arrest_onset",
];

/**
 * @param {number} seed
 * @param {Product} product
 * @param {Processes} processes
 * @param {number} [most] seconds that devices press at most
 * @returns {Promise<Report>}
 */
export async function run(seed, product, processes, most = 150) {
  const world = new World(seed);
  const many = world.chance(0.5) ? 2 : 1;
  const cluster = new Cluster(world, processes, many);
  const kinds = swarm(world);
  const history = new History();
  const begun = await cluster.begin(2 + Math.floor(world.random() * 5));
  const devices = begun.devices.map(
    (/** @type {any} */ who, /** @type {number} */ number) =>
      new Device({ world, cluster, product, number, who, code: begun.code, history }),
  );
  for (const device of devices) device.load(begun.frame);
  const start = world.now;
  const end = start + world.between(0.27, 1) * most * 1000;
  /** @type {Record<string, number>} */
  const happened = {};
  /** @type {string[]} */
  const why = [];
  /** Everything that was ever committed: id to epochs; and every place of every log. */
  const committed = new Set(begun.frame.entries.map((/** @type {any} */ entry) => entry.record.id));
  /** @type {Set<string>} */
  const places = new Set();
  /** Entries that only a restore can take away. */
  let restores = 0;
  let kept = false;
  const note = (/** @type {any} */ log) => {
    for (const line of log.lines) {
      const entry = JSON.parse(line);
      committed.add(entry.record.id);
      places.add(`${log.epoch} ${entry.seq} ${entry.hash}`);
    }
    why.push(...log.faults);
  };

  const reload = async () => {
    for (const device of devices) {
      if (device.pages.length > 0) continue;
      // Without network the page comes from the shell, as it was when it was kept.
      const reached = device.link.up && !device.link.swallowing && !device.link.captive;
      device.load(reached && cluster.standing() !== undefined ? await cluster.given("page") : begun.frame);
    }
  };
  const scene = {
    world,
    cluster,
    devices,
    reload,
    keep: async () => {
      await cluster.given("keep");
      kept = true;
    },
    restore: async (/** @type {string} */ how) => {
      if (!kept) return;
      // All processes stop for it.
      await cluster.killAll(world.between(500, 5000));
      note(await cluster.given("restore", { how }));
      restores += 1;
    },
  };

  for (const kind of kinds) {
    const fault = /** @type {import("./faults.js").Fault} */ (FAULTS[kind]);
    const again = () => {
      world.after(fault.every * 500 * world.between(0.2, 1.8), async () => {
        if (world.now > end) return;
        happened[kind] = (happened[kind] ?? 0) + 1;
        await fault.happen(scene);
        again();
      });
    };
    again();
  }
  for (const device of devices) {
    const again = () => {
      world.after(world.between(0.1, 1.9) * PRESS_EVERY_MS, () => {
        if (world.now > end) return;
        const page = device.pages.length > 0 ? world.pick(device.pages) : undefined;
        if (page && !device.asleep) page.press(saidOf(world, history));
        again();
      });
    };
    again();
  }
  await world.run(end);

  // Everything is mended.
  cluster.deaf = false;
  cluster.crash = "";
  for (const device of devices) {
    Object.assign(device.link, { up: true, swallowing: false, captive: false, socketsBlocked: false });
    Object.assign(device.link, { lost: 0, doubled: 0, slow: 30, failing: 0 });
    device.platter.faulty = 0;
    device.wake();
  }
  await reload();
  const mended = world.now;
  const equal = () => {
    const [first] = devices[0].pages;
    return devices.every((/** @type {Device} */ device) =>
      device.pages.every(({ session }) => {
        const { cursor, owed } = session.feed;
        const other = first?.session.feed.cursor;
        const drained = session.outbox.pending === 0 && owed === 0;
        return (
          drained &&
          cursor.seq === other?.seq &&
          cursor.hash === other.hash &&
          session.feed.entries.length === cursor.seq
        );
      }),
    );
  };
  let quietSince = 0;
  await world.run(mended + PATIENCE_MS, () => {
    if (!equal()) quietSince = 0;
    else if (quietSince === 0) quietSince = world.now;
    // Two beats of the outbox have to pass without anything new: at the second it doubts what the log has not shown.
    return quietSince > 0 && world.now - quietSince > 12_000;
  });
  const converged = (quietSince || world.now) - mended;

  // What has to be true now.
  const log = await cluster.given("log");
  note(log);
  why.push(...cluster.faults);
  const entries = log.lines.map((/** @type {string} */ line) => JSON.parse(line));
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const entry of entries) times.set(entry.record.id, (times.get(entry.record.id) ?? 0) + 1);
  let lost = 0;
  let recovered = 0;
  let acked = 0;
  // A device whose storage was cleared may have taken with it what nobody else had; what others hold has to come back.
  const survivors = new Set();
  for (const device of devices) {
    for (const page of device.pages) for (const entry of page.session.feed.entries) survivors.add(entry.record.id);
  }
  for (const [id, press] of history.presses) {
    const called = history.called.has(id);
    if (called) acked += 1;
    if (times.has(id)) {
      if (!called) recovered += 1;
      continue;
    }
    const device = /** @type {Device} */ (devices[press.device]);
    const excused = device.wiped && (!called || restores > 0) && !survivors.has(id);
    if ((press.kept === true || called) && !excused) {
      lost += 1;
      why.push(`lost: ${press.record.kind} ${id} of device ${press.device}, ${called ? "called recorded" : "kept"}`);
    }
  }
  let duplicated = 0;
  for (const [id, count] of times) {
    if (count > 1) {
      duplicated += 1;
      why.push(`duplicated: ${id} stands ${count} times`);
    }
  }
  const server = new Set(begun.frame.entries.map((/** @type {any} */ entry) => entry.record.id));
  for (const entry of entries) {
    const press = history.presses.get(entry.record.id);
    if (press === undefined) {
      if (!server.has(entry.record.id)) why.push(`in the log, and nobody pressed it: ${entry.record.id}`);
      continue;
    }
    const { n: _n, ...pressed } = press.record;
    const { n: _m, ...stored } = entry.record;
    if (product.canonical(pressed) !== product.canonical(stored)) why.push(`altered: ${entry.record.id}`);
    if (entry.by.device !== press.record.device) why.push(`another author: ${entry.record.id}`);
  }
  for (const id of history.called.keys()) if (!committed.has(id)) why.push(`called recorded, never committed: ${id}`);
  for (const place of history.stood)
    if (!places.has(place)) why.push(`a device stood at ${place}, where no log ever was`);
  let diverged = 0;
  const lines = log.lines.join("\n");
  for (const device of devices) {
    for (const { session } of device.pages) {
      const held = session.feed.entries.map((/** @type {any} */ entry) => JSON.stringify(entry)).join("\n");
      if (held === lines && session.outbox.pending === 0) continue;
      diverged += 1;
      why.push(
        `device ${device.number} ended at ${session.feed.cursor.seq} of ${log.head}, ${session.outbox.pending} waiting`,
      );
    }
  }
  if (diverged === 0) {
    const at = Math.round(world.now);
    const python = product.canonical(await cluster.given("reading", { at }));
    const page = devices[0].pages[0];
    if (page) {
      const script = product.canonical(product.read(page.session.feed.entries, begun.protocol, at));
      if (strip(script) !== strip(python)) why.push("the two languages read the same log differently");
    }
  }
  for (const device of devices) device.crash();
  return {
    seed,
    presses: history.presses.size,
    acked,
    recovered,
    faults: happened,
    kills: cluster.kills,
    events: world.events,
    seconds: (world.now - start) / 1000,
    converged,
    lost,
    duplicated,
    diverged,
    why,
  };
}

/**
 * The server's reading names the code by its row too; of the log itself both say the same.
 * @param {string} reading
 */
function strip(reading) {
  const { code, ...rest } = JSON.parse(reading);
  const { id, name, colour, ...said } = code;
  return JSON.stringify({ said, rest });
}

/**
 * What somebody presses next: mostly events, now and then a word on an earlier one.
 * @param {World} world
 * @param {History} history
 */
function saidOf(world, history) {
  if (history.presses.size > 3 && world.chance(0.07)) {
    const target = world.pick([...history.presses.keys()]);
    const kind = world.pick(["correction", "void", "adjudication"]);
    const changes = kind === "correction" ? { changes: { at: Math.round(world.now - 60_000) } } : {};
    return { kind, target, payload: { reason: "simulated", ...changes } };
  }
  if (world.chance(0.01)) return { kind: world.pick(["code_closed", "code_reopened"]), payload: { value: "flow" } };
  const kind = world.pick(KINDS);
  return { kind, payload: kind === "drug" ? { value: "adrenaline" } : {} };
}
