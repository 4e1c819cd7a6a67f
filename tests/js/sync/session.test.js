import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { Session } from "../../../static/js/sync/session.js";
import { Store } from "../../../static/js/sync/store.js";
import { CODE, DEVICE, FakeServer, FakeTimers, recordOf, settled } from "./fakes.js";

/**
 * @param {FakeServer} server
 * @param {Store} store
 */
function sessionOf(server, store) {
  const clock = new FakeTimers();
  const session = new Session({
    code: CODE,
    device: { id: DEVICE, label: "iPad" },
    store,
    fetch: /** @type {any} */ (
      async (/** @type {string} */ path, /** @type {any} */ { method, body }) => {
        const said = body === null ? null : JSON.parse(body);
        const held = Number(new URL(path, "http://localhost").searchParams.get("wait") ?? 0);
        if (held > 0) await new Promise((resolve) => clock.timers.set(() => resolve(null), held * 1000));
        const answer = method === "POST" ? server.record(said.records ?? []) : server.after(session.feed.cursor);
        return { ok: true, status: 200, json: async () => (path === "/api/time" ? { s1: 0, s2: 0 } : answer) };
      }
    ),
    open: () => ({ onopen: null, onmessage: null, onclose: null, onerror: null, send: () => {}, close: () => {} }),
    mono: () => clock.now,
    wall: () => clock.now,
    changed: () => {},
    timers: clock.timers,
    random: () => 1,
  });
  return { session, clock };
}

test("a disk that refuses just when the page begins is read again: what an earlier page left on it is sent", async () => {
  const server = new FakeServer();
  const disk = new IDBFactory();
  await new Store(disk).add(recordOf(1));
  const store = new Store(disk);
  let refusals = 4;
  for (const name of /** @type {const} */ (["outbox", "log", "aside"])) {
    const asked = /** @type {any} */ (store)[name].bind(store);
    /** @type {any} */ (store)[name] = (/** @type {any[]} */ ...args) => {
      refusals -= 1;
      return refusals >= 0 ? Promise.reject(new Error("no disk")) : asked(...args);
    };
  }
  const { session, clock } = sessionOf(server, store);
  await session.start({ t: "batch", code: CODE, epoch: "a", from: 1, to: 0, head: 0, now: 0, entries: [] });
  await settled();
  assert.equal(server.head, 0);
  await clock.pass(6000);
  assert.deepEqual(
    server.log.map((entry) => entry.record.id),
    [recordOf(1).id],
  );
  session.stop();
});

test("an answer of another epoch counts for nothing: the record is sent again to the log that stands", async () => {
  const server = new FakeServer();
  server.append(recordOf(1));
  const { session, clock } = sessionOf(server, new Store(new IDBFactory()));
  await session.start(/** @type {any} */ (server.after({ epoch: "", seq: 0, hash: "" })));
  server.restore(0);
  const answered = server.record.bind(server);
  server.record = (records) => ({
    results: records.map(({ id }) => ({ id, status: "recorded", seq: 9 })),
    head: 9,
    epoch: "long ago",
    now: 0,
  });
  await session.outbox.add(recordOf(2));
  await settled();
  // The first one is this device's too, and was forgotten by the restore.
  assert.equal(session.outbox.pending, 2);
  server.record = answered;
  await clock.pass(6000);
  assert.equal(session.outbox.pending, 0);
  assert.deepEqual(session.feed.entries, server.log);
  session.stop();
});
