import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../../../static/js/sync/socket.js";
import { FakeTimers } from "./fakes.js";

/** @typedef {import("../../../static/js/sync/socket.js").Wire & {said: any[], closed: boolean}} FakeWire */

/** @param {{pull?: (wait: number) => Promise<boolean>}} [more] */
function linkOf({ pull } = {}) {
  const clock = new FakeTimers();
  /** @type {FakeWire[]} */
  const wires = [];
  /** @type {string[]} */
  const modes = [];
  /** @type {any[]} */
  const heard = [];
  /** @type {number[]} */
  const pulls = [];
  const link = new Link({
    open: () => {
      /** @type {FakeWire} */
      const wire = {
        onopen: null,
        onmessage: null,
        onclose: null,
        onerror: null,
        said: [],
        closed: false,
        send: (text) => void wire.said.push(JSON.parse(text)),
        close: () => {
          wire.closed = true;
        },
      };
      wires.push(wire);
      return wire;
    },
    hello: () => ({ epoch: "a", after: 7, hash: "h" }),
    question: () => ({ t: "time", t0: 5 }),
    receive: (message) => void heard.push(message),
    pull: async (wait) => {
      pulls.push(wait);
      if (pull) return pull(wait);
      // A held request: answered when its time is over.
      await new Promise((resolve) => clock.timers.set(() => resolve(null), Math.max(1, wait * 1000)));
      return true;
    },
    changed: (mode) => void modes.push(mode),
    timers: clock.timers,
    random: () => 1,
  });
  return { clock, wires, modes, heard, pulls, link };
}

/**
 * @param {FakeWire | undefined} wire
 * @param {object} message
 */
function tell(wire, message) {
  wire?.onmessage?.({ data: JSON.stringify(message) });
}

test("a new socket says hello with the cursor, and is live with the first message", async () => {
  const { wires, modes, heard, link } = linkOf();
  link.start();
  wires[0]?.onopen?.({});
  assert.deepEqual(wires[0]?.said, [{ t: "hello", epoch: "a", after: 7, hash: "h" }]);
  assert.deepEqual(modes, []);
  tell(wires[0], { t: "welcome", head: 7 });
  assert.deepEqual(modes, ["live"]);
  assert.deepEqual(heard, [{ t: "welcome", head: 7 }]);
  link.stop();
});

test("silence is asked about after seven seconds, and within ten seconds a dead socket is closed and a new one opened", async () => {
  const { clock, wires, modes, link } = linkOf();
  link.start();
  wires[0]?.onopen?.({});
  tell(wires[0], { t: "head" });
  await clock.pass(6900);
  assert.equal(wires[0]?.said.length, 1);
  await clock.pass(200);
  assert.deepEqual(wires[0]?.said.at(-1), { t: "time", t0: 5 });
  assert.equal(wires[0]?.closed, false);
  await clock.pass(2000);
  assert.equal(wires[0]?.closed, true);
  assert.deepEqual(modes, ["live", "connecting"]);
  await clock.pass(700);
  assert.equal(wires.length, 2);
  link.stop();
});

test("a socket whose server answers when asked is kept, however little there is to say", async () => {
  const { clock, wires, modes, link } = linkOf();
  link.start();
  const [wire] = wires;
  wire?.onopen?.({});
  tell(wire, { t: "welcome" });
  for (let times = 0; times < 5; times++) {
    await clock.pass(7100);
    tell(wire, { t: "time", t0: 5 });
  }
  assert.deepEqual([wires.length, wire?.closed, modes], [1, false, ["live"]]);
  link.stop();
});

test("a socket that opens and is never answered is given up", async () => {
  const { clock, wires, link } = linkOf();
  link.start();
  wires[0]?.onopen?.({});
  await clock.pass(9100);
  assert.equal(wires[0]?.closed, true);
  link.stop();
});

test("when the browser says that its network is gone, the socket has two seconds to prove it wrong", async () => {
  const { clock, wires, modes, link } = linkOf();
  link.start();
  wires[0]?.onopen?.({});
  tell(wires[0], { t: "welcome" });
  link.doubt();
  await clock.pass(1000);
  tell(wires[0], { t: "time", t0: 5 });
  await clock.pass(3000);
  assert.deepEqual(modes, ["live"]);
  link.doubt();
  await clock.pass(2100);
  assert.deepEqual(modes, ["live", "connecting"]);
  link.stop();
});

test("a socket that never opens is given up, and after three seconds the log is asked for over HTTP", async () => {
  const { clock, wires, modes, pulls, link } = linkOf();
  link.start();
  await clock.pass(2900);
  assert.deepEqual(pulls, []);
  await clock.pass(3000);
  assert.equal(wires[0]?.closed, true);
  assert.deepEqual(pulls, [0, 25]);
  assert.deepEqual(modes, ["polling"]);
  link.stop();
});

test("polling ends when the socket is back", async () => {
  const { clock, wires, modes, pulls, link } = linkOf();
  link.start();
  await clock.pass(5000);
  const wire = wires.at(-1);
  wire?.onopen?.({});
  tell(wire, { t: "head" });
  const before = pulls.length;
  for (let second = 0; second < 60; second += 5) {
    await clock.pass(5000);
    tell(wire, { t: "head" });
  }
  assert.equal(pulls.length, before);
  assert.deepEqual(modes, ["polling", "live"]);
  link.stop();
});

test("when nothing gets through it says so, and goes on asking every two seconds", async () => {
  const { clock, modes, pulls, link } = linkOf({ pull: async () => false });
  link.start();
  await clock.pass(11_000);
  assert.deepEqual(modes, ["lost"]);
  assert.equal(pulls.length, 5);
  link.stop();
});

test("waking up discards a socket that looks open", () => {
  const { wires, link } = linkOf();
  link.start();
  wires[0]?.onopen?.({});
  tell(wires[0], { t: "head" });
  link.wake();
  assert.equal(wires[0]?.closed, true);
  assert.equal(wires.length, 2);
  link.stop();
});

test("what is not JSON is not heard, and the socket lives on", () => {
  const { wires, heard, link } = linkOf();
  link.start();
  wires[0]?.onopen?.({});
  wires[0]?.onmessage?.({ data: "<html>" });
  assert.deepEqual(heard, []);
  assert.equal(wires.length, 1);
  link.stop();
});

test("nothing is said on a socket that is not live", () => {
  const { wires, link } = linkOf();
  link.start();
  assert.equal(link.say({ t: "time", t0: 1 }), false);
  wires[0]?.onopen?.({});
  tell(wires[0], { t: "head" });
  assert.equal(link.say({ t: "time", t0: 1 }), true);
  assert.deepEqual(wires[0]?.said.at(-1), { t: "time", t0: 1 });
  link.stop();
});
