import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { NotTaken, Outbox } from "../../../static/js/sync/outbox.js";
import { Store } from "../../../static/js/sync/store.js";
import { pauseAfter } from "../../../static/js/sync/timers.js";
import { FakeServer, FakeTimers, recordOf, settled } from "./fakes.js";

/** @param {Partial<ConstructorParameters<typeof Outbox>[0]>} [more] */
function outboxOf(more = {}) {
  const clock = new FakeTimers();
  const server = new FakeServer();
  const disk = new Store(new IDBFactory());
  const outbox = new Outbox({
    disk,
    post: async (_code, records) => server.record(records),
    timers: clock.timers,
    random: () => 1,
    ...more,
  });
  return { clock, server, disk, outbox };
}

test("a record is on the disk before it is sent, and leaves the disk only when the server holds it", async () => {
  /** @type {string[]} */
  const told = [];
  const { disk, outbox, server } = outboxOf({
    post: async (_code, records) => {
      told.push(`sent with ${(await disk.outbox()).length} on disk`);
      return server.record(records);
    },
  });
  await outbox.add(recordOf(1));
  await settled();
  assert.deepEqual(told, ["sent with 1 on disk"]);
  assert.deepEqual(await disk.outbox(), []);
  assert.equal(server.head, 1);
  assert.equal(outbox.pending, 0);
});

test("of a code that is followed here, a record leaves the disk only when the log on the disk holds it", async () => {
  const { disk, outbox, server } = outboxOf({ follows: () => true });
  await outbox.add(recordOf(1));
  await settled();
  assert.deepEqual([server.head, outbox.pending, (await disk.outbox()).length], [1, 0, 1]);
  await outbox.offerAgain([]);
  await settled();
  assert.equal(server.head, 1);
  await outbox.confirm([recordOf(1).id]);
  assert.deepEqual([outbox.items, await disk.outbox()], [[], []]);
});

test("taps made without network are sent once, in order, when it is back", async () => {
  let away = true;
  const { clock, outbox, server } = outboxOf({
    post: async (_code, records) => {
      if (away) throw new NotTaken(0);
      return server.record(records);
    },
  });
  for (let number = 1; number <= 5; number += 1) await outbox.add(recordOf(number));
  await settled();
  assert.equal(outbox.pending, 5);
  assert.equal(outbox.trouble, 0);
  away = false;
  await clock.pass(5000);
  assert.deepEqual(
    server.log.map((entry) => entry.record.id),
    [1, 2, 3, 4, 5].map((number) => recordOf(number).id),
  );
  assert.equal(outbox.pending, 0);
  assert.equal(outbox.trouble, null);
});

test("a page that was closed leaves its records to the next page", async () => {
  const disk = new Store(new IDBFactory());
  const server = new FakeServer();
  const closed = new Outbox({ disk, post: () => new Promise(() => {}) });
  await closed.add(recordOf(1));
  const next = new Outbox({ disk, post: async (_code, records) => server.record(records) });
  await next.load();
  await next.flush();
  assert.equal(server.head, 1);
  assert.deepEqual(await disk.outbox(), []);
});

test("batches hold at most fifty records, each of one code", async () => {
  /** @type {{code: string, many: number}[]} */
  const batches = [];
  let away = true;
  const { clock, outbox, server } = outboxOf({
    post: async (code, records) => {
      if (away) throw new NotTaken(0);
      batches.push({ code, many: records.length });
      return server.record(records);
    },
  });
  const other = "33333333-3333-4333-8333-333333333333";
  for (let number = 1; number <= 60; number += 1) await outbox.add(recordOf(number));
  await outbox.add(recordOf(61, { code: other }));
  away = false;
  await clock.pass(5000);
  assert.deepEqual(batches, [
    { code: recordOf(1).code, many: 50 },
    { code: recordOf(1).code, many: 10 },
    { code: other, many: 1 },
  ]);
});

test("a refused record is kept and shown with its reason, and does not hold up the others", async () => {
  const { outbox, disk } = outboxOf({
    post: async (_code, records) => ({
      results: records.map((record) =>
        record.id === recordOf(1).id
          ? { id: record.id, status: /** @type {const} */ ("refused"), reason: "malformed", detail: "kind: is odd." }
          : { id: record.id, status: /** @type {const} */ ("recorded"), seq: 1 },
      ),
      head: 1,
      epoch: "a",
      now: 0,
    }),
  });
  await outbox.add(recordOf(1));
  await outbox.add(recordOf(2));
  await settled();
  const refused = outbox.items.filter((item) => item.state === "refused");
  assert.deepEqual(
    refused.map((item) => [item.record.id, item.reason, item.detail]),
    [[recordOf(1).id, "malformed", "kind: is odd."]],
  );
  assert.deepEqual(
    (await disk.outbox()).map((item) => [item.id, item.state]),
    [[recordOf(1).id, "refused"]],
  );
});

test("a batch that is refused as a whole is halved until the bad record stands alone", async () => {
  const server = new FakeServer();
  let away = true;
  const { outbox, clock } = outboxOf({
    post: async (_code, records) => {
      if (away) throw new NotTaken(0);
      if (records.some((record) => record.id === recordOf(3).id)) throw new NotTaken(413, "Too large.");
      return server.record(records);
    },
  });
  for (let number = 1; number <= 6; number += 1) await outbox.add(recordOf(number));
  away = false;
  await clock.pass(5000);
  assert.equal(server.head, 5);
  assert.deepEqual(
    outbox.items.filter((item) => item.state === "refused").map((item) => [item.record.id, item.reason]),
    [[recordOf(3).id, "too_large"]],
  );
});

test("nothing is dropped when the device may not stand on the code: it waits, and says why", async () => {
  const { outbox, disk, clock } = outboxOf({
    post: async () => {
      throw new NotTaken(401);
    },
  });
  await outbox.add(recordOf(1));
  await clock.pass(60_000);
  assert.equal(outbox.trouble, 401);
  assert.equal((await disk.outbox()).length, 1);
});

test("without a disk a record goes straight to the server, and NOT SAVED is said only when that fails too", async () => {
  const broken = {
    add: () => Promise.reject(new Error("no disk")),
    addAgain: () => Promise.reject(new Error("no disk")),
    outbox: () => Promise.reject(new Error("no disk")),
    settle: () => Promise.reject(new Error("no disk")),
    refuse: () => Promise.reject(new Error("no disk")),
  };
  /** @type {string[]} */
  const lost = [];
  let away = false;
  const { outbox, server, clock } = outboxOf({
    disk: broken,
    notSaved: (record) => lost.push(record.id),
    post: async (_code, records) => {
      if (away) throw new NotTaken(0);
      return server.record(records);
    },
  });
  assert.equal(await outbox.add(recordOf(1)), true);
  away = true;
  assert.equal(await outbox.add(recordOf(2)), false);
  assert.deepEqual(lost, [recordOf(2).id]);
  away = false;
  await clock.pass(5000);
  assert.equal(server.head, 2);
});

test("a record that the disk refused is brought to the disk as soon as that works again, as it was first sent", async () => {
  const store = new Store(new IDBFactory());
  let full = true;
  const disk = Object.assign(Object.create(store), {
    add: (/** @type {any} */ draft) =>
      full ? Promise.reject(new Error("full")) : Store.prototype.add.call(store, draft),
    addAgain: (/** @type {any[]} */ records) =>
      full ? Promise.reject(new Error("full")) : Store.prototype.addAgain.call(store, records),
    outbox: () => store.outbox(),
    settle: (/** @type {string[]} */ ids) => store.settle(ids),
  });
  const { clock, outbox } = outboxOf({
    disk,
    post: async () => {
      throw new NotTaken(0);
    },
  });
  assert.equal(await outbox.add(recordOf(1)), false);
  await clock.pass(60_000);
  assert.deepEqual([outbox.items.map((item) => item.state), await store.outbox()], [["memory"], []]);
  full = false;
  await clock.pass(60_000);
  const kept = (await store.outbox()).map((item) => item.record);
  assert.deepEqual([outbox.items.map((item) => item.state), kept], [["kept"], [recordOf(1)]]);
});

test("what the feed shows while the disk takes a record after all does not stay on the disk", async () => {
  const store = new Store(new IDBFactory());
  /** @type {() => void} */
  let written = () => {};
  let away = true;
  const disk = Object.assign(Object.create(store), {
    add: () => Promise.reject(new Error("full")),
    addAgain: async (/** @type {any[]} */ records) => {
      if (away) throw new Error("full");
      await Store.prototype.addAgain.call(store, records);
      await new Promise((resolve) => {
        written = () => resolve(null);
      });
    },
    outbox: () => store.outbox(),
    settle: (/** @type {string[]} */ ids) => store.settle(ids),
  });
  const { outbox } = outboxOf({
    disk,
    post: async () => {
      throw new NotTaken(0);
    },
  });
  assert.equal(await outbox.add(recordOf(1)), false);
  away = false;
  const flushed = outbox.flush();
  await settled();
  await outbox.confirm([recordOf(1).id]);
  written();
  await flushed;
  assert.deepEqual([outbox.items, await store.outbox()], [[], []]);
});

test("what another tab has sent is not sent again", async () => {
  const disk = new Store(new IDBFactory());
  const server = new FakeServer();
  const posts = [0, 0];
  const tabs = [0, 1].map(
    (tab) =>
      new Outbox({
        disk,
        post: async (_code, records) => {
          posts[tab] = /** @type {number} */ (posts[tab]) + 1;
          return server.record(records);
        },
      }),
  );
  await tabs[1]?.load();
  await tabs[0]?.add(recordOf(1));
  await settled();
  await tabs[1]?.flush();
  assert.deepEqual(posts, [1, 0]);
  assert.equal(server.head, 1);
});

test("what is offered again is not taken for sent by a look at the disk that came too early", async () => {
  const store = new Store(new IDBFactory());
  let write = () => {};
  const slow = new Promise((resolve) => {
    write = () => resolve(null);
  });
  const disk = Object.assign(Object.create(store), {
    addAgain: async (/** @type {any[]} */ records) => {
      await slow;
      await Store.prototype.addAgain.call(store, records);
    },
    outbox: () => store.outbox(),
  });
  const { outbox, server } = outboxOf({ disk });
  const offered = outbox.offerAgain([recordOf(1)]);
  await outbox.load();
  write();
  await offered;
  await outbox.flush();
  assert.equal(server.head, 1);
});

test("what the server called recorded and the log does not show for two beats is sent again", async () => {
  const posted = /** @type {string[]} */ ([]);
  const { outbox, server } = outboxOf({
    follows: () => true,
    post: async (_code, records) => {
      posted.push(...records.map((record) => record.id));
      return server.record(records);
    },
  });
  await outbox.add(recordOf(1));
  await outbox.add(recordOf(2));
  await settled();
  server.restore(0);
  const shown = (/** @type {string} */ id) => id === recordOf(2).id;
  await outbox.doubt(shown);
  assert.deepEqual(posted, [recordOf(1).id, recordOf(2).id]);
  await outbox.doubt(shown);
  await settled();
  assert.deepEqual(server.log.map((entry) => entry.record.id).sort(), [recordOf(1).id, recordOf(2).id].sort());
  await outbox.confirm([recordOf(1).id, recordOf(2).id]);
  await outbox.doubt(shown);
  await outbox.doubt(shown);
  assert.equal(posted.length, 4);
});

test("what a tab left behind when it was closed is sent by the next flush of the one that stays", async () => {
  const { disk, outbox, server } = outboxOf();
  await outbox.load();
  const closed = new Outbox({ disk, post: () => new Promise(() => {}) });
  await closed.add(recordOf(1));
  await outbox.flush();
  assert.equal(server.head, 1);
  assert.deepEqual(await disk.outbox(), []);
});

test("whatever is dropped, cut short or answered twice, each record is in the log exactly once", async () => {
  const fate = fc.constantFrom("lost before", "lost after", "fine", "twice");
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(fate, { maxLength: 20 }), async (many, drawn) => {
      const fates = [...drawn];
      const { clock, outbox, server, disk } = outboxOf({
        post: async (_code, records) => {
          const how = fates.shift() ?? "fine";
          if (how === "lost before") throw new NotTaken(0);
          const answer = server.record(records);
          if (how === "lost after") throw new NotTaken(0);
          return how === "twice" ? server.record(records) : answer;
        },
      });
      for (let number = 1; number <= many; number += 1) {
        await outbox.add(recordOf(number));
        if (number % 3 === 0) void outbox.flush();
      }
      await clock.pass(200_000);
      const ids = server.log.map((entry) => entry.record.id).sort();
      assert.deepEqual(
        ids,
        Array.from({ length: many }, (_, index) => recordOf(index + 1).id),
      );
      assert.deepEqual(await disk.outbox(), []);
      assert.equal(outbox.pending, 0);
    }),
    { numRuns: 40 },
  );
});

test("pauses between tries grow from half a second to five seconds and are spread over the whole span", () => {
  const longest = [1, 2, 3, 4, 5, 50].map((failures) => pauseAfter(failures, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 4000, 5000, 5000]);
  assert.equal(
    pauseAfter(4, () => 0),
    0,
  );
});
