// What the server put into the page for its script.

import { knowOffsets } from "./lib/zone.js";

/** @import { ProtocolJson } from "./core/protocol.js" */
/** @import { Setting } from "./ui/desk.js" */
/** @import { ZoneOffsets } from "./lib/zone.js" */
/** @import { Batch } from "./sync/wire.js" */

/**
 * @typedef {object} Boot
 * @property {{id: string, name: string, colour: string, mode: string, epoch: string}} code
 * @property {{id: string, label: string}} device
 * @property {string | null} role
 * @property {ProtocolJson} protocol
 * @property {Batch} frame
 * @property {number} server_now
 * @property {Record<string, string>} urls
 * @property {string} scope
 * @property {string} zone
 * @property {ZoneOffsets} zone_offsets
 */

/** @returns {Boot} */
export function readBoot() {
  const element = document.getElementById("boot");
  if (element === null) throw new Error("The page has no boot data.");
  const boot = JSON.parse(element.textContent ?? "");
  knowOffsets(boot.zone, boot.zone_offsets);
  return boot;
}

/**
 * What the views of a page are told of it.
 * @param {Boot} boot
 * @param {Partial<Setting>} [more]
 * @returns {Setting}
 */
export function settingOf(boot, more = {}) {
  return {
    code: boot.code.id,
    name: boot.code.name,
    colour: boot.code.colour,
    mode: boot.code.mode,
    place: "",
    device: boot.device,
    person: null,
    role: null,
    zone: boot.zone,
    protocol: boot.protocol,
    urls: { invite: "", debrief: "", home: "", wall: "" },
    ...more,
  };
}

/**
 * The address of the code's socket.
 * @param {Boot} boot
 * @returns {string}
 */
export function socketAddress(boot) {
  const address = new URL(boot.urls.socket ?? `/ws/codes/${boot.code.id}/`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

const CLOCK_KEY = "ecpr.clock";

/**
 * Server minus wall clock, in ms, as a first guess until the first probe: what an earlier page measured, else what the
 * page itself says. The first comes first because a page from the shell carries the time at which it was made. It
 * is kept where it can be read at once, so that the first frame is right.
 * @param {Boot} boot
 * @returns {number}
 */
export function clockGuess(boot) {
  try {
    const kept = Number.parseFloat(localStorage.getItem(CLOCK_KEY) ?? "");
    if (Number.isFinite(kept)) return kept;
  } catch {
    // Storage may be forbidden.
  }
  return boot.server_now - Date.now();
}

/** @param {number} wallOffset */
export function keepClock(wallOffset) {
  try {
    localStorage.setItem(CLOCK_KEY, wallOffset.toFixed(1));
  } catch {
    // See clockGuess().
  }
}

/**
 * Run while no other tab of this device flushes; on pages without locks the server's idempotency is enough.
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
export function alone(work) {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("ecpr-outbox", work).then(() => {});
}
