// The roles row: who holds what and how far they are; the last button opens everything that is rarely needed.

import { follow, make, required, setAttribute, setText } from "../lib/dom.js";
import { onPress } from "../lib/press.js";

/** @import { Desk } from "./desk.js" */
/** @import { RoleReading } from "../core/reading.js" */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 */
export function rolesView(root, desk, open) {
  const list = required("[data-chips]", HTMLElement, root);
  const rest = required("[data-rest]", HTMLButtonElement, root);
  const restWords = required("[data-rest-words]", HTMLElement, root);
  onPress(rest, desk.now, () => open("team"));
  onPress(required("[data-more]", HTMLButtonElement, root), desk.now, () => open("more"));

  return function render() {
    // In a drill the way to a real patient takes the room of one.
    const shown = chosen(desk.reading.roles, desk.role).slice(0, desk.setting.mode === "drill" ? 4 : 5);
    follow(
      list,
      shown,
      (role) => role.key,
      (role) => {
        const button = make(
          "button",
          { className: "role-chip", type: "button" },
          make("span", { className: "role-name" }),
          make("span", { className: "role-held" }),
          make("span", { className: "role-count digits" }),
        );
        onPress(button, desk.now, () => open("role", role.key));
        return button;
      },
      (button, role) => fillChip(button, role, desk.role === role.key),
    );
    const others = desk.reading.roles.length - shown.length;
    setText(restWords, `+${others}`);
    setAttribute(rest, "aria-label", `+${others} other roles: the whole team`);
  };
}

/**
 * @param {HTMLElement} button
 * @param {RoleReading} role
 * @param {boolean} mine
 */
function fillChip(button, role, mine) {
  const [name, held, count] = button.children;
  if (!name || !held || !count) return;
  setAttribute(button, "data-held", role.holders.length > 0 ? "yes" : "no");
  setAttribute(button, "data-mine", mine ? "yes" : null);
  setText(name, role.short);
  setText(held, heldWords(role, mine));
  setText(count, `${role.done}/${role.total}`);
}

/**
 * @param {RoleReading} role
 * @param {boolean} mine
 * @returns {string}
 */
export function heldWords(role, mine) {
  if (mine) return role.holders.length > 1 ? `you +${role.holders.length - 1}` : "you";
  if (role.holders.length === 0) return "free";
  // Somebody without a device, whose name nobody gave, is there all the same.
  return role.holders.map((holder) => holder.label || (holder.device === null ? "here" : "held")).join(", ");
}

/**
 * Those who must be there, and mine first; the others are behind the count.
 * @param {RoleReading[]} roles
 * @param {string | null} mine
 * @returns {RoleReading[]}
 */
function chosen(roles, mine) {
  const own = roles.filter((role) => role.key === mine);
  const essential = roles.filter((role) => role.essential && role.key !== mine);
  const held = roles.filter((role) => !role.essential && role.key !== mine && role.holders.length > 0);
  const free = roles.filter((role) => !role.essential && role.key !== mine && role.holders.length === 0);
  return [...own, ...essential, ...held, ...free];
}
