// Neither the disk nor the server took a record: say so over everything, with the words to write on paper.

import { make, required, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { say } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { WireRecord } from "../sync/wire.js" */

/**
 * The screen and its list: a record leaves it by itself once the disk or the server has it, and with the last one the
 * screen goes. Nobody copies to paper what is safe.
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {() => void} retry
 */
export function notSavedView(root, desk, retry) {
  const list = required("[data-lost]", HTMLElement, root);
  const button = required("[data-try]", HTMLButtonElement, root);
  /** @type {Map<string, HTMLElement>} */
  const shown = new Map();
  onPress(button, desk.now, () => {
    show(root, false);
    retry();
  });
  return {
    /** @param {WireRecord} record */
    lost(record) {
      if (!shown.has(record.id)) {
        const time = record.at === null ? "" : `${timeOfDay(record.at, desk.zone, true)} `;
        const label = desk.protocol.kinds[record.kind]?.label ?? record.kind;
        const line = make("li", {
          textContent: `${time}${say({ kind: record.kind, label, payload: record.payload }, desk.protocol)}`,
        });
        shown.set(record.id, line);
        list.append(line);
      }
      show(root, true);
      button.focus();
    },
    render() {
      if (shown.size === 0) return;
      const unsafe = new Set(
        desk.standing.items.filter((item) => item.state === "memory").map((item) => item.record.id),
      );
      for (const [id, line] of shown) {
        if (unsafe.has(id)) continue;
        line.remove();
        shown.delete(id);
      }
      if (shown.size === 0) show(root, false);
    },
  };
}
