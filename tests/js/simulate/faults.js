// What goes wrong in a run. Each run draws which kinds of fault it has (a swarm), so that some runs have one kind alone and
// others many at once.

/** @import { World } from "./world.js" */
/** @import { Cluster } from "./servers.js" */
/** @import { Device } from "./device.js" */

/**
 * @typedef {object} Scene
 * @property {World} world
 * @property {Cluster} cluster
 * @property {Device[]} devices
 * @property {() => Promise<void>} reload bring back every device that has no page
 * @property {(how: string) => Promise<void>} restore
 * @property {() => Promise<void>} keep make a backup
 */

/**
 * @typedef {object} Fault
 * @property {number} every seconds between two of its kind, on average
 * @property {(scene: Scene) => void | Promise<void>} happen
 */

/**
 * A device's link is bad for a while.
 * @param {(link: import("./device.js").Link) => void} spoil
 * @param {(link: import("./device.js").Link) => void} mend
 * @param {number} longest milliseconds
 * @returns {Fault["happen"]}
 */
function forAWhile(spoil, mend, longest) {
  return ({ world, devices }) => {
    const { link } = world.pick(devices);
    spoil(link);
    world.after(world.between(200, longest), () => mend(link));
  };
}

/** @type {Record<string, Fault>} */
export const FAULTS = {
  "no network": {
    every: 20,
    happen: forAWhile(
      (link) => {
        link.up = false;
      },
      (link) => {
        link.up = true;
      },
      90_000,
    ),
  },
  "everything swallowed": {
    every: 25,
    happen: forAWhile(
      (link) => {
        link.swallowing = true;
      },
      (link) => {
        link.swallowing = false;
      },
      30_000,
    ),
  },
  "a third lost": {
    every: 25,
    happen: forAWhile(
      (link) => {
        link.lost = 0.3;
      },
      (link) => {
        link.lost = 0;
      },
      60_000,
    ),
  },
  "requests twice": {
    every: 25,
    happen: forAWhile(
      (link) => {
        link.doubled = 0.5;
      },
      (link) => {
        link.doubled = 0;
      },
      60_000,
    ),
  },
  "late and out of order": {
    every: 25,
    happen: forAWhile(
      (link) => {
        link.slow = 6000;
      },
      (link) => {
        link.slow = 30;
      },
      40_000,
    ),
  },
  "server busy": {
    every: 25,
    happen: forAWhile(
      (link) => {
        link.failing = 0.5;
      },
      (link) => {
        link.failing = 0;
      },
      30_000,
    ),
  },
  "captive portal": {
    every: 60,
    happen: forAWhile(
      (link) => {
        link.captive = true;
      },
      (link) => {
        link.captive = false;
      },
      30_000,
    ),
  },
  "sockets blocked": {
    every: 40,
    happen: forAWhile(
      (link) => {
        link.socketsBlocked = true;
      },
      (link) => {
        link.socketsBlocked = false;
      },
      60_000,
    ),
  },
  "disk refuses": {
    every: 40,
    happen: ({ world, devices }) => {
      const { platter } = world.pick(devices);
      platter.faulty = 0.3;
      world.after(world.between(500, 10_000), () => {
        platter.faulty = 0;
      });
    },
  },
  "page dies": {
    every: 15,
    happen: ({ world, devices, reload }) => {
      world.pick(devices).crash();
      world.after(world.between(100, 8000), reload);
    },
  },
  "second tab": {
    every: 60,
    happen: async ({ world, devices, cluster }) => {
      const device = world.pick(devices);
      if (device.pages.length !== 1 || !device.link.up || cluster.standing() === undefined) return;
      const page = device.load(await cluster.given("page"));
      world.after(world.between(5000, 40_000), () => {
        if (!page.alive || device.pages.length < 2) return;
        page.die();
        device.pages = device.pages.filter((each) => each !== page);
      });
    },
  },
  sleep: {
    every: 30,
    happen: ({ world, devices }) => {
      const device = world.pick(devices);
      device.sleep();
      world.after(world.between(1000, 120_000), () => device.wake());
    },
  },
  "clock set": {
    every: 60,
    happen: ({ world, devices }) => {
      world.pick(devices).skew = world.between(-600_000, 600_000);
    },
  },
  "server killed": {
    every: 25,
    happen: ({ world, cluster }) =>
      cluster.kill(Math.floor(world.random() * cluster.processes), world.between(100, 8000)),
  },
  "killed before commit": {
    every: 15,
    happen: ({ cluster }) => {
      cluster.crash = "before commit";
    },
  },
  "killed after commit": {
    every: 15,
    happen: ({ cluster }) => {
      cluster.crash = "after commit";
    },
  },
  "no pokes": {
    every: 30,
    happen: ({ world, cluster }) => {
      cluster.deaf = true;
      world.after(world.between(1000, 60_000), () => {
        cluster.deaf = false;
      });
    },
  },
  "backup made": { every: 40, happen: ({ keep }) => keep() },
  "backup restored": { every: 120, happen: ({ restore }) => restore("product") },
  "old file put back": { every: 200, happen: ({ restore }) => restore("file") },
  "storage cleared": {
    every: 150,
    happen: ({ world, devices, reload }) => {
      const device = world.pick(devices);
      device.crash();
      device.platter.wipe();
      device.wiped = true;
      world.after(world.between(100, 3000), reload);
    },
  },
};

/**
 * The kinds of fault that a run has: each with an even chance, none in one run of twenty.
 * @param {World} world
 * @returns {string[]}
 */
export function swarm(world) {
  if (world.chance(0.05)) return [];
  return Object.keys(FAULTS).filter(() => world.chance(0.5));
}
