import assert from "node:assert/strict";
import { test } from "node:test";
import { aheadOfUtc, instantsOf, knowOffsets, readTime, timeOfDay } from "../../../static/js/lib/zone.js";

const LONDON = "Europe/London";

/** @param {string} text */
const at = (text) => Date.parse(text);

/**
 * @param {string} time
 * @param {string} now
 * @param {string} [zone]
 */
function instants(time, now, zone = LONDON) {
  const read = readTime(time);
  assert.notEqual(read, null);
  return read === null ? [] : instantsOf(read, zone, at(now)).map((ms) => new Date(ms).toISOString());
}

test("a time of day is that of the site, not of the device", () => {
  assert.equal(timeOfDay(at("2026-07-01T10:02:14Z"), LONDON), "11:02");
  assert.equal(timeOfDay(at("2026-07-01T10:02:14Z"), "Asia/Kolkata", true), "15:32:14");
});

test("typed times are read with and without colons, and nonsense is not", () => {
  assert.deepEqual(readTime("9:05"), { hour: 9, minute: 5, second: 0, precision: "minute" });
  assert.deepEqual(readTime("0905"), { hour: 9, minute: 5, second: 0, precision: "minute" });
  assert.deepEqual(readTime(" 09:05:30 "), { hour: 9, minute: 5, second: 30, precision: "second" });
  assert.deepEqual(readTime("090530"), { hour: 9, minute: 5, second: 30, precision: "second" });
  assert.deepEqual([readTime("25:00"), readTime("10:60"), readTime("soon"), readTime("")], [null, null, null, null]);
});

test("a typed time is the nearest past: after midnight 23:58 was yesterday", () => {
  assert.deepEqual(instants("23:58", "2026-01-02T00:10:00Z"), ["2026-01-01T23:58:00.000Z"]);
  assert.deepEqual(instants("00:05", "2026-01-02T00:10:00Z"), ["2026-01-02T00:05:00.000Z"]);
});

test("the hour that an autumn night repeats gives two instants", () => {
  assert.deepEqual(instants("01:30", "2026-10-25T03:00:00Z"), ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]);
});

test("what tells the two apart is how far clocks are ahead of UTC", () => {
  assert.deepEqual(
    [
      aheadOfUtc(at("2026-10-25T00:30:00Z"), LONDON),
      aheadOfUtc(at("2026-10-25T01:30:00Z"), LONDON),
      aheadOfUtc(at("2026-07-01T00:00:00Z"), "America/St_Johns"),
      aheadOfUtc(at("2026-07-01T00:00:00.250Z"), "Asia/Kathmandu"),
    ],
    ["UTC+1", "UTC+0", "UTC-2:30", "UTC+5:45"],
  );
});

test("in the repeated hour a time that has not come a second time yet gives one", () => {
  assert.deepEqual(instants("01:30", "2026-10-25T00:40:00Z"), ["2026-10-25T00:30:00.000Z"]);
});

test("the hour that a spring night leaves out is not found that night, but the day before it is", () => {
  assert.deepEqual(instants("01:30", "2026-03-29T03:00:00Z"), ["2026-03-28T01:30:00.000Z"]);
});

test("a zone that was told in numbers reads as the browser's own, in both nights of the clock change", () => {
  const paris = "Europe/Paris";
  const hour = 3_600_000;
  const nights = [
    { from: at("2026-03-28T12:00:00Z"), change: at("2026-03-29T01:00:00Z"), before: hour, after: 2 * hour },
    { from: at("2026-10-24T12:00:00Z"), change: at("2026-10-25T01:00:00Z"), before: 2 * hour, after: hour },
  ];
  for (const { from, change, before, after } of nights) {
    const times = Array.from({ length: 200 }, (_, index) => from + index * 7 * 60_000 + 13_500);
    const looked = times.map((time) => timeOfDay(time, paris, true));
    knowOffsets(paris, {
      until: from + 24 * hour,
      offsets: [
        [from, before],
        [change, after],
      ],
    });
    assert.deepEqual(
      times.map((time) => timeOfDay(time, paris, true)),
      looked,
    );
    assert.equal(timeOfDay(from - 1, paris, true), timeOfDay(from - 1, "Europe/Berlin", true));
  }
});
