import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { Store } from "../../../static/js/sync/store.js";
import { CODE, DEVICE, FakeServer, recordOf } from "./fakes.js";

test("each record gets the device's next number, and a new page goes on counting", async () => {
  const disk = new IDBFactory();
  const first = new Store(disk);
  const one = await first.add(recordOf(1));
  const two = await first.add(recordOf(2));
  const three = await new Store(disk).add(recordOf(3));
  assert.deepEqual([one.n, two.n, three.n], [1, 2, 3]);
  assert.deepEqual(
    (await new Store(disk).outbox()).map((item) => item.record),
    [one, two, three],
  );
});

test("records written at the same time get different numbers", async () => {
  const store = new Store(new IDBFactory());
  const written = await Promise.all([1, 2, 3, 4, 5].map((number) => store.add(recordOf(number))));
  assert.deepEqual(written.map((record) => record.n).sort(), [1, 2, 3, 4, 5]);
});

test("a settled record leaves the outbox, a refused one stays with its reason", async () => {
  const store = new Store(new IDBFactory());
  await store.add(recordOf(1));
  const bad = await store.add(recordOf(2));
  await store.settle([recordOf(1).id]);
  await store.refuse(bad, "malformed", "at: is not a time.");
  const left = await store.outbox();
  assert.deepEqual(
    left.map(({ id, state, reason, detail }) => ({ id, state, reason, detail })),
    [{ id: bad.id, state: "refused", reason: "malformed", detail: "at: is not a time." }],
  );
});

test("the log comes back in order with its cursor, and can be put aside without touching another code's", async () => {
  const store = new Store(new IDBFactory());
  const server = new FakeServer();
  for (let number = 1; number <= 12; number += 1) server.append(recordOf(number));
  const cursor = { epoch: "a", seq: 12, hash: server.hash };
  await store.saveLog(CODE, cursor, server.log.slice(6));
  await store.saveLog(CODE, cursor, server.log.slice(0, 6));
  await store.saveLog("another", { epoch: "z", seq: 1, hash: "" }, server.log.slice(0, 1));
  assert.deepEqual(await store.log(CODE), { entries: server.log, cursor });
  await store.setAside(CODE);
  assert.deepEqual(await store.log(CODE), { entries: [], cursor: null });
  assert.equal((await store.log("another")).entries.length, 1);
  assert.deepEqual(await store.aside(CODE), server.log);
  await store.dropAside(server.log.slice(1).map((entry) => entry.record.id));
  assert.deepEqual(await store.aside(CODE), server.log.slice(0, 1));
});

test("an entry of another log is never written over: it is put aside in the same act", async () => {
  const store = new Store(new IDBFactory());
  const old = new FakeServer();
  for (let number = 1; number <= 5; number += 1) old.append(recordOf(number));
  await store.saveLog(CODE, { epoch: old.epoch, seq: 5, hash: old.hash }, old.log);
  const other = new FakeServer();
  for (const number of [1, 2, 6, 7]) other.append(recordOf(number));
  const cursor = { epoch: "b", seq: 4, hash: other.hash };
  assert.deepEqual(await store.saveLog(CODE, cursor, other.log), old.log.slice(2, 4));
  assert.deepEqual(await store.aside(CODE), old.log.slice(2, 4));
  assert.deepEqual(await store.log(CODE), { entries: [...other.log, old.log[4]], cursor });
});

test("a disk of the first version keeps its outbox and its counter through the upgrade", async () => {
  const disk = new IDBFactory();
  await new Promise((resolve) => {
    const asked = disk.open("ecpr-timeline", 1);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore("outbox", { keyPath: "id" });
      db.createObjectStore("log", { keyPath: ["code", "seq"] }).createIndex("code", "code");
      db.createObjectStore("meta", { keyPath: "key" });
    };
    asked.onsuccess = () => {
      const db = asked.result;
      const tx = db.transaction(["outbox", "meta"], "readwrite");
      const record = { ...recordOf(1), n: 7 };
      tx.objectStore("outbox").put({ id: record.id, code: CODE, record, state: "waiting", reason: null, detail: null });
      tx.objectStore("meta").put({ key: `n:${DEVICE}`, value: 7 });
      tx.oncomplete = () => {
        db.close();
        resolve(null);
      };
    };
  });
  const store = new Store(disk);
  assert.equal((await store.add(recordOf(2))).n, 8);
  assert.deepEqual(
    (await store.outbox()).map((kept) => kept.id),
    [recordOf(1).id, recordOf(2).id],
  );
  assert.deepEqual(await store.aside(CODE), []);
});

test("a dead handle is dropped and the record is written on a fresh one", async () => {
  const disk = new IDBFactory();
  const store = new Store(disk);
  await store.add(recordOf(1));
  // What Safari does to a page in the background: the connection is closed under it.
  const open = disk.open.bind(disk);
  /** @type {IDBDatabase[]} */
  const handles = [];
  disk.open = (name, version) => {
    const asked = open(name, version);
    asked.addEventListener("success", () => handles.push(asked.result));
    return asked;
  };
  const fresh = new Store(disk);
  await fresh.add(recordOf(2));
  handles[0]?.close();
  await fresh.add(recordOf(3));
  assert.equal(handles.length, 2);
  assert.equal((await fresh.outbox()).length, 3);
});

test("a write that cannot be done is said to have failed", async () => {
  const disk = new IDBFactory();
  disk.open = () => {
    throw new DOMException("no disk", "UnknownError");
  };
  await assert.rejects(new Store(disk).add(recordOf(1)));
});
