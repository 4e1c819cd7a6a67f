// What the server put into the page for its script.

/** @import { ProtocolJson } from "./core/protocol.js" */
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
 */

/** @returns {Boot} */
export function readBoot() {
  const element = document.getElementById("boot");
  if (element === null) throw new Error("The page has no boot data.");
  return JSON.parse(element.textContent ?? "");
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

/**
 * Run while no other tab of this device flushes; on pages without locks the server's idempotency is enough.
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
export function alone(work) {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("ecpr-outbox", work).then(() => {});
}
