import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { Feed } from "../../../static/js/sync/feed.js";
import { Store } from "../../../static/js/sync/store.js";
import { CODE, DEVICE, FakeServer, recordOf, settled } from "./fakes.js";

/**
 * @param {FakeServer} server
 * @param {Partial<ConstructorParameters<typeof Feed>[0]>} [more]
 */
function feedOf(server, more = {}) {
  const disk = new Store(new IDBFactory());
  const feed = new Feed({ code: CODE, device: DEVICE, disk, pull: async (cursor) => server.after(cursor), ...more });
  return { feed, disk };
}

/**
 * @param {FakeServer} server
 * @param {number} from
 * @param {number} to
 */
function batch(server, from, to) {
  const whole = server.after({ epoch: server.epoch, seq: 0, hash: "" });
  assert.equal(whole.t, "batch");
  if (whole.t !== "batch") throw new Error("no batch");
  return { ...whole, from, to, entries: server.log.slice(from - 1, to) };
}

/** @param {number} many */
function serverWith(many) {
  const server = new FakeServer();
  for (let number = 1; number <= many; number += 1) server.append(recordOf(number));
  return server;
}

test("entries are applied by number; repeated ones change nothing", () => {
  const server = serverWith(3);
  const { feed } = feedOf(server);
  feed.take(batch(server, 1, 2));
  feed.take(batch(server, 1, 3));
  feed.take(batch(server, 2, 3));
  assert.deepEqual(feed.entries, server.log);
  assert.deepEqual(feed.cursor, { epoch: "a", seq: 3, hash: server.hash });
});

test("a gap is filled by asking", async () => {
  const server = serverWith(9);
  const { feed } = feedOf(server);
  feed.take(batch(server, 1, 2));
  feed.take(batch(server, 7, 9));
  await settled();
  assert.deepEqual(feed.entries, server.log);
});

test("a head that is ahead is caught up with, one that agrees asks nothing", async () => {
  const server = serverWith(2);
  let asked = 0;
  const { feed } = feedOf(server, {
    pull: async (cursor) => {
      asked += 1;
      return server.after(cursor);
    },
  });
  feed.take({ t: "head", head: 2, hash: server.hash, epoch: "a", now: 0 });
  await settled();
  feed.take({ t: "head", head: 2, hash: server.hash, epoch: "a", now: 0 });
  await settled();
  assert.equal(asked, 1);
  assert.equal(feed.entries.length, 2);
});

test("an entry that does not link to the one before it is not applied: the log is read anew", async () => {
  const server = serverWith(4);
  const { feed } = feedOf(server);
  feed.take(batch(server, 1, 2));
  const forged = batch(server, 3, 3);
  feed.take({ ...forged, entries: forged.entries.map((entry) => ({ ...entry, prev: "f".repeat(64) })) });
  await settled();
  assert.deepEqual(feed.entries, server.log);
});

test("what a restored server forgot is given back: own records again, others' as the entries they were", async () => {
  const server = serverWith(3);
  server.append(recordOf(4, { device: "another" }));
  server.append(recordOf(5));
  /** @type {string[]} */
  const again = [];
  /** @type {import("../../../static/js/sync/wire.js").WireEntry[]} */
  const given = [];
  const { feed, disk } = feedOf(server, {
    forgotten: async (records) => void again.push(...records.map((record) => record.id)),
    giveBack: async (entries) => {
      given.push(...entries);
      return [];
    },
  });
  await feed.catchUp();
  const foreign = server.log[3];
  server.restore(2);
  feed.take({ t: "head", head: server.head, hash: server.hash, epoch: server.epoch, now: 0 });
  await settled();
  assert.deepEqual(feed.entries, server.log);
  assert.deepEqual(again, [recordOf(3).id, recordOf(5).id]);
  // Offered until it is there.
  assert.deepEqual(new Set(given.map((entry) => entry.hash)), new Set([foreign?.hash]));
  assert.deepEqual(await disk.aside(CODE), [foreign]);
  assert.equal(feed.owed, 1);
  server.append(recordOf(4, { device: "another" }));
  await feed.catchUp();
  await settled();
  assert.equal(feed.owed, 0);
  assert.deepEqual(await disk.aside(CODE), []);
});

test("what was not taken back yet is offered by the next page too, and what the server does not know is kept", async () => {
  const server = serverWith(1);
  server.append(recordOf(2, { device: "another" }));
  const { feed, disk } = feedOf(server, {
    giveBack: async () => {
      throw new Error("no network");
    },
  });
  await feed.catchUp();
  const foreign = server.log[1];
  server.restore(1);
  await feed.catchUp();
  await settled();
  /** @type {any[]} */
  const given = [];
  const next = feedOf(server, {
    disk,
    giveBack: async (entries) => {
      given.push(...entries);
      return entries.map((entry) => entry.record.id);
    },
  }).feed;
  await next.load();
  await next.catchUp();
  await next.reckon();
  await settled();
  assert.deepEqual(given, [foreign]);
  assert.equal(next.owed, 0);
  assert.deepEqual(await disk.aside(CODE), [foreign]);
});

test("what could not be put aside is given back by the next page although another log stands in its place", async () => {
  const server = serverWith(1);
  for (const number of [2, 3]) server.append(recordOf(number, { device: "another" }));
  const disk = new Store(new IDBFactory());
  const full = new Proxy(disk, {
    get: (of, name) =>
      name === "setAside"
        ? async () => {
            throw new Error("The disk is full.");
          }
        : /** @type {any} */ (of)[name].bind(of),
  });
  const { feed } = feedOf(server, { disk: full });
  await feed.catchUp();
  await settled();
  const forgotten = server.log.slice(1);
  server.restore(1);
  for (const number of [8, 9]) server.append(recordOf(number));
  await feed.catchUp();
  await settled();
  // The page dies, having given nothing back.
  const next = feedOf(server, { disk }).feed;
  await next.load();
  assert.equal(next.owed, 2);
  await next.catchUp();
  await settled();
  assert.deepEqual(next.entries, server.log);
  assert.deepEqual(
    new Set((await disk.aside(CODE)).map((entry) => entry.hash)),
    new Set(forgotten.map((entry) => entry.hash)),
  );
});

test("a page of a server that was put back without a new epoch still gives back what only this disk holds", async () => {
  const server = serverWith(5);
  const { feed, disk } = feedOf(server);
  await feed.catchUp();
  await settled();
  server.log.length = 3;
  server.append(recordOf(6));
  /** @type {string[]} */
  const again = [];
  const fresh = feedOf(server, {
    disk,
    forgotten: async (records) => void again.push(...records.map((record) => record.id)),
  }).feed;
  fresh.begin(batch(server, 1, 4));
  await fresh.load();
  await fresh.catchUp();
  await settled();
  assert.deepEqual(fresh.entries, server.log);
  assert.deepEqual(again, [recordOf(4).id, recordOf(5).id]);
});

test("the log is kept on disk, and a page without network shows it", async () => {
  const server = serverWith(5);
  const { feed, disk } = feedOf(server);
  await feed.catchUp();
  await settled();
  const offline = new Feed({
    code: CODE,
    device: DEVICE,
    disk,
    pull: async () => {
      throw new Error("no network");
    },
  });
  await offline.load();
  assert.deepEqual(offline.entries, server.log);
  assert.equal(await offline.catchUp(), false);
});

test("a page from the shell is older than the disk: both together are the last known state", async () => {
  const server = serverWith(3);
  const old = batch(server, 1, 3);
  const { feed, disk } = feedOf(server);
  for (let number = 4; number <= 6; number += 1) server.append(recordOf(number));
  await feed.catchUp();
  await settled();
  const reloaded = new Feed({ code: CODE, device: DEVICE, disk, pull: () => Promise.reject(new Error("no network")) });
  reloaded.begin(old);
  assert.equal(reloaded.entries.length, 3);
  await reloaded.load();
  assert.deepEqual(reloaded.entries, server.log);
});

test("a fresh page of a restored server gets back what only this device's disk still holds", async () => {
  const server = serverWith(5);
  const { feed, disk } = feedOf(server);
  await feed.catchUp();
  await settled();
  server.restore(3);
  /** @type {string[]} */
  const again = [];
  const fresh = feedOf(server, {
    disk,
    forgotten: async (records) => void again.push(...records.map((record) => record.id)),
  }).feed;
  fresh.begin(batch(server, 1, 3));
  await fresh.load();
  await fresh.catchUp();
  await settled();
  assert.deepEqual(again, [recordOf(4).id, recordOf(5).id]);
  assert.deepEqual((await disk.log(CODE)).entries, server.log);
});

test("the feed says which ids are in the log on this disk, so that the outbox can let go of them", async () => {
  const server = serverWith(2);
  /** @type {string[][]} */
  const seen = [];
  const { feed, disk } = feedOf(server, { confirmed: (ids) => seen.push(ids) });
  feed.take(batch(server, 1, 2));
  assert.deepEqual(seen, []);
  await settled();
  assert.equal((await disk.log(CODE)).entries.length, 2);
  assert.deepEqual(seen, [[recordOf(1).id, recordOf(2).id]]);
});

test("another code's batch changes nothing", () => {
  const server = serverWith(1);
  const { feed } = feedOf(server);
  feed.take({ ...batch(server, 1, 1), code: "another" });
  assert.equal(feed.entries.length, 0);
});

test("whatever order, loss and repetition the network makes, the feed ends as the server's log", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("append") }),
    fc.record({ do: fc.constant("batch"), from: fc.nat(20), many: fc.nat(6) }),
    fc.record({ do: fc.constant("head") }),
    fc.record({ do: fc.constant("restore"), kept: fc.nat(20) }),
    fc.record({ do: fc.constant("pull fails") }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const server = new FakeServer();
      let number = 0;
      let broken = false;
      /** @type {import("../../../static/js/sync/wire.js").WireRecord[]} */
      const offered = [];
      const { feed } = feedOf(server, {
        pull: async (cursor) => {
          if (broken) {
            broken = false;
            throw new Error("lost");
          }
          return server.after(cursor, 3);
        },
        forgotten: async (records) => void offered.push(...records),
      });
      for (const each of steps) {
        if (each.do === "append") {
          number += 1;
          server.append(recordOf(number));
        } else if (each.do === "batch" && "from" in each && "many" in each) {
          feed.take(batch(server, each.from + 1, each.from + each.many));
        } else if (each.do === "head") {
          feed.take({ t: "head", head: server.head, hash: server.hash, epoch: server.epoch, now: 0 });
        } else if (each.do === "restore" && "kept" in each) {
          server.restore(Math.min(each.kept, server.head));
        } else {
          broken = true;
        }
        await settled();
      }
      broken = false;
      feed.take({ t: "head", head: server.head, hash: server.hash, epoch: server.epoch, now: 0 });
      await feed.catchUp();
      await settled();
      assert.deepEqual(feed.entries, server.log);
    }),
    { numRuns: 60 },
  );
});
