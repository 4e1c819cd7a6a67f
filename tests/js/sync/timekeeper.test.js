import assert from "node:assert/strict";
import { test } from "node:test";
import { ClockEstimate } from "../../../static/js/core/clock.js";
import { Timekeeper } from "../../../static/js/sync/timekeeper.js";
import { FakeTimers } from "./fakes.js";

const START = 1_700_000_000_000;

/** A device whose wall clock is five minutes behind the server, on a network of 20 ms each way. */
function device({ wallOffset = /** @type {number | null} */ (null), behind = 300_000 } = {}) {
  const clock = new FakeTimers();
  const world = { slept: 0, wallStep: 0, away: false, probes: 0 };
  const mono = () => clock.now;
  const server = () => START + clock.now + world.slept;
  const keeper = new Timekeeper({
    estimate: () => new ClockEstimate(),
    clocks: { mono, wall: () => server() - behind + world.wallStep },
    ask: async () => {
      world.probes += 1;
      if (world.away) throw new Error("lost");
      await new Promise((resolve) => clock.timers.set(() => resolve(null), 20));
      const s1 = server();
      await new Promise((resolve) => clock.timers.set(() => resolve(null), 20));
      return { s1, s2: s1, t3: mono() };
    },
    boot: "boot",
    wallOffset,
    timers: clock.timers,
  });
  return { clock, keeper, world, server };
}

test("after a burst of eight probes the device shows the server's time, whatever its own clock says", async () => {
  const { clock, keeper, world, server } = device();
  assert.equal(keeper.uncertainty(), null);
  void keeper.burst();
  await clock.pass(3000);
  assert.equal(world.probes, 8);
  assert.equal(Math.abs(keeper.now() - server()) <= 1, true);
  assert.equal(/** @type {number} */ (keeper.uncertainty()) <= 25, true);
});

test("after the burst one probe follows every fifteen seconds", async () => {
  const { clock, keeper, world } = device();
  void keeper.burst();
  await clock.pass(3000);
  await clock.pass(60_000);
  assert.equal(world.probes, 12);
});

test("a wall clock that somebody sets by an hour moves nothing", async () => {
  const { clock, keeper, world, server } = device();
  void keeper.burst();
  await clock.pass(3000);
  world.wallStep = 3_600_000;
  assert.equal(keeper.checkForSleep(), true);
  await clock.pass(3000);
  assert.equal(Math.abs(keeper.now() - server()) <= 1, true);
});

test("after a sleep the time is right at once, with a doubt that the next burst takes away", async () => {
  const { clock, keeper, world, server } = device();
  void keeper.burst();
  await clock.pass(3000);
  // The monotonic clock stood still while the world went on.
  world.slept = 600_000;
  assert.equal(keeper.checkForSleep(), true);
  assert.equal(Math.abs(keeper.now() - server()) <= 50, true);
  assert.equal(keeper.uncertainty(), 2000);
  await clock.pass(3000);
  assert.equal(Math.abs(keeper.now() - server()) <= 1, true);
});

test("a new page without network starts from what the last one found", () => {
  const { keeper, server } = device({ wallOffset: 300_000 });
  assert.equal(keeper.now(), server());
  assert.equal(keeper.uncertainty(), 2000);
});

test("the evidence of a record names both clocks, the offset between them and its age", async () => {
  const { clock, keeper } = device();
  void keeper.burst();
  await clock.pass(3000);
  const { offset, boot, offset_age: age, wall, mono } = keeper.evidence();
  assert.deepEqual(
    { offset: Math.round(/** @type {number} */ (offset) / 10) * 10, boot, mono, wall },
    { offset: 300_000, boot: "boot", mono: 3000, wall: START + 3000 - 300_000 },
  );
  assert.equal(/** @type {number} */ (age) < 3000, true);
});

test("lost probes leave the estimate as it was", async () => {
  const { clock, keeper, world, server } = device();
  void keeper.burst();
  await clock.pass(3000);
  world.away = true;
  await clock.pass(120_000);
  assert.equal(Math.abs(keeper.now() - server()) <= 1, true);
});

test("a sleep is no step of the shown time; a wall clock that was set meanwhile is, and is told once", async () => {
  const { clock, keeper, world } = device();
  void keeper.burst();
  await clock.pass(3000);
  keeper.now();
  world.slept += 1_200_000;
  assert.equal(keeper.checkForSleep(), true);
  keeper.now();
  await clock.pass(3000);
  keeper.now();
  assert.deepEqual(keeper.stepped, { times: 0, by: 0 });
  world.wallStep += 3_600_000;
  assert.equal(keeper.checkForSleep(), true);
  keeper.now();
  await clock.pass(3000);
  keeper.now();
  assert.deepEqual({ ...keeper.stepped, by: Math.round(keeper.stepped.by / 1000) }, { times: 1, by: -3600 });
});
