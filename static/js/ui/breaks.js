// Broken dependencies: something was recorded before what has to come first. They are told to the leader and to both
// roles (clinical reference, section 5.4); nothing is blocked.

/** @import { ProtocolJson } from "../core/protocol.js" */
/** @import { FlagReading } from "../core/notices.js" */
/** @import { Reading } from "../core/reading.js" */

const LEADER = "leader";

/**
 * The order rules that are broken now and concern a role: those whose events it records or has on its list.
 * @param {Pick<Reading, "flags" | "records">} reading
 * @param {Pick<ProtocolJson, "kinds" | "roles">} protocol
 * @param {string | null} key
 * @returns {FlagReading[]}
 */
export function breaksFor(reading, protocol, key) {
  const broken = reading.flags.filter(({ flag }) => flag.startsWith("order_"));
  if (key === LEADER || broken.length === 0) return broken;
  const role = protocol.roles.find((each) => each.key === key);
  if (!role) return [];
  const own = new Set([...role.buttons, ...role.items.flatMap((item) => item.events)]);
  return broken.filter(({ records }) =>
    reading.records.some(
      ({ id, kind }) => records.includes(id) && (own.has(kind) || protocol.kinds[kind]?.owner === key),
    ),
  );
}
