// Neither the disk nor the server took a record: say so over everything, with the words to write on paper.

import { make, required, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { say } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { WireRecord } from "../sync/wire.js" */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {() => void} retry
 */
export function notSavedView(root, desk, retry) {
  const list = required("[data-lost]", HTMLElement, root);
  const button = required("[data-try]", HTMLButtonElement, root);
  /** @type {Set<string>} */
  const shown = new Set();
  onPress(button, desk.now, () => {
    show(root, false);
    retry();
  });
  /** @param {WireRecord} record */
  return function lost(record) {
    if (!shown.has(record.id)) {
      shown.add(record.id);
      const time = record.at === null ? "" : `${timeOfDay(record.at, desk.zone, true)} `;
      const label = desk.protocol.kinds[record.kind]?.label ?? record.kind;
      list.append(
        make("li", {
          textContent: `${time}${say({ kind: record.kind, label, payload: record.payload }, desk.protocol)}`,
        }),
      );
    }
    show(root, true);
    button.focus();
  };
}
