import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ClockEstimate, elapsed, KEPT, mmss, remaining, untilNextTick } from "../../../static/js/core/clock.js";

/** A probe over a network with these one-way delays, at this device time. */
const probe = (
  /** @type {number} */ at,
  /** @type {number} */ truth,
  /** @type {number} */ up,
  /** @type {number} */ down,
) => /** @type {[number, number, number, number]} */ ([at, at + up + truth, at + up + truth, at + up + down]);

describe("the clock estimate", () => {
  test("knows nothing before the first probe", () => {
    const clock = new ClockEstimate();
    assert.deepEqual([clock.offset(0), clock.uncertainty(0), clock.age(0), clock.empty], [null, null, null, true]);
  });

  test("one probe gives the middle, and half its round trip as doubt", () => {
    const clock = new ClockEstimate();
    clock.add(1000, 6010, 6012, 1030);
    assert.equal(clock.offset(1030), 4996);
    // 14 for the way, 2 for the resolution, and the drift of thirty milliseconds.
    assert.ok(Math.abs((clock.uncertainty(1030) ?? 0) - 16.003) < 1e-9);
  });

  test("equal round trips still update the offset", () => {
    const clock = new ClockEstimate();
    for (let i = 0; i < 8; i++) clock.add(...probe(i * 100, 35_000, 1, 1));
    assert.ok(Math.abs((clock.offset(800) ?? 0) - 35_000) < 1);
  });

  test("a probe without any delay is exact", () => {
    const clock = new ClockEstimate();
    clock.add(...probe(0, 35_000, 0, 0));
    assert.equal(clock.offset(0), 35_000);
  });

  test("delays on one side do not bias it as long as one probe was quick", () => {
    const clock = new ClockEstimate();
    for (let i = 0; i < 8; i++) clock.add(...probe(i * 100, 500, 2, i === 3 ? 2 : 180));
    assert.ok(Math.abs((clock.offset(800) ?? 0) - 500) < 1);
  });

  test("a step of the clock drops what is older", () => {
    const clock = new ClockEstimate();
    for (let i = 0; i < 8; i++) clock.add(...probe(i * 100, 500, 2, 2));
    clock.add(...probe(900, 60_500, 2, 2));
    assert.equal(clock.steps, 1);
    assert.equal(clock.bounds.length, 1);
    assert.ok(Math.abs((clock.offset(904) ?? 0) - 60_500) < 1);
  });

  test("probes that cannot be true are refused", () => {
    const clock = new ClockEstimate();
    assert.equal(clock.add(10, 5, 5, 9), false);
    assert.equal(clock.add(10, 5, 4, 11), false);
    assert.equal(clock.add(10, Number.NaN, 4, 11), false);
    assert.equal(clock.empty, true);
  });

  test("only the last probes are kept", () => {
    const clock = new ClockEstimate();
    for (let i = 0; i < 3 * KEPT; i++) clock.add(...probe(i * 15_000, 0, 3, 3));
    assert.equal(clock.bounds.length, KEPT);
  });

  test("an hour without probes adds 360 ms of doubt", () => {
    const clock = new ClockEstimate();
    clock.add(...probe(0, 0, 0, 0));
    assert.ok(Math.abs((clock.uncertainty(3_600_000) ?? 0) - 362) < 1e-6);
  });

  test("a reset forgets everything", () => {
    const clock = new ClockEstimate();
    clock.add(...probe(0, 0, 0, 0));
    clock.reset();
    assert.equal(clock.empty, true);
  });

  test("the truth is always within the stated doubt, whatever the delays and the drift", () => {
    const delay = fc.double({ min: 0, max: 2000, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: -99e-6, max: 99e-6, noNaN: true }),
        fc.array(fc.tuple(delay, delay, fc.double({ min: 0, max: 60_000, noNaN: true })), { minLength: 1 }),
        fc.double({ min: 0, max: 3_600_000, noNaN: true }),
        (truth, drift, probes, later) => {
          const clock = new ClockEstimate();
          const server = (/** @type {number} */ device) => device + truth + device * drift;
          let now = 0;
          for (const [up, down, pause] of probes) {
            const t3 = now + up + down;
            clock.add(now, server(now + up), server(now + up), t3);
            now = t3 + pause;
          }
          now += later;
          assert.equal(clock.steps, 0);
          const error = Math.abs(now + (clock.offset(now) ?? 0) - server(now));
          assert.ok(error <= (clock.uncertainty(now) ?? 0));
        },
      ),
    );
  });
});

describe("the words for time", () => {
  test("minutes and seconds, and hours after 99:59", () => {
    assert.deepEqual([0, 59, 60, 3599, 5999, 6000, 36_000].map(mmss), [
      "00:00",
      "00:59",
      "01:00",
      "59:59",
      "99:59",
      "1:40:00",
      "10:00:00",
    ]);
  });

  test("remaining time counts from the absolute deadline", () => {
    assert.deepEqual(remaining(60_000, 0), { past: false, seconds: 60, text: "01:00" });
    assert.deepEqual(remaining(60_000, 1), { past: false, seconds: 60, text: "01:00" });
    assert.deepEqual(remaining(60_000, 1000), { past: false, seconds: 59, text: "00:59" });
    assert.deepEqual(remaining(60_000, 60_000), { past: false, seconds: 0, text: "00:00" });
    assert.deepEqual(remaining(60_000, 60_001), { past: true, seconds: 0, text: "00:00" });
    assert.deepEqual(remaining(60_000, 252_000), { past: true, seconds: 192, text: "03:12" });
  });

  test("elapsed time is never negative", () => {
    assert.deepEqual(elapsed(0, 678_999), { seconds: 678, text: "11:18" });
    assert.deepEqual(elapsed(1000, 0), { seconds: 0, text: "00:00" });
  });

  test("the next tick is where the shown seconds change", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 10_000_000 }), (deadline, now) => {
        const wait = untilNextTick(deadline, now);
        assert.ok(wait > 0 && wait <= 1000);
        const shown = remaining(deadline, now).seconds;
        if (deadline - now <= 1000) return;
        // Up to the tick the seconds stand, and just after it they have moved on by one.
        assert.equal(remaining(deadline, now + wait - 1).seconds, shown);
        assert.equal(remaining(deadline, now + wait).seconds, shown - 1);
      }),
    );
  });
});
