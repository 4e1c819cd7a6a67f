// All roles at a glance, team by team: who holds them, which are needed, and how far they are.

import { follow, make, setAttribute, setText } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { heldWords } from "./roles_view.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */
/** @import { RoleReading } from "../core/reading.js" */

/**
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 * @returns {Panel}
 */
export function teamPanel(desk, open) {
  const teams = desk.protocol.teams.map(({ key, label }) => {
    const here = make("span", { className: "team-here digits" });
    const list = make("div", { className: "team-roles" });
    const name = make("h3", { className: "team-title" }, `${label} `, here);
    return { key, here, list, element: make("section", { className: "team-part", data: { team: key } }, name, list) };
  });
  const element = make("div", { className: "team" }, ...teams.map((team) => team.element));

  function render() {
    for (const { key, here, list } of teams) {
      const roles = desk.reading.roles.filter((role) => role.team === key);
      setText(here, `${roles.filter((role) => role.holders.length > 0).length}/${roles.length} here`);
      follow(
        list,
        roles,
        (role) => role.key,
        (role) => buttonOf(role),
        (button, role) => fillRole(button, role, desk.role === role.key),
      );
    }
  }

  /** @param {RoleReading} role */
  function buttonOf(role) {
    const button = make(
      "button",
      { className: "team-role", type: "button" },
      make("span", { className: "team-name" }),
      make("span", { className: "team-held" }),
      make("span", { className: "team-count digits" }),
      make("span", { className: "team-bar" }),
    );
    onPress(button, desk.now, () => open("role", role.key));
    return button;
  }

  return { title: "The team", element, render, stays: true };
}

/**
 * @param {HTMLElement} button
 * @param {RoleReading} role
 * @param {boolean} mine
 */
function fillRole(button, role, mine) {
  const [name, held, count, bar] = button.children;
  if (!name || !held || !count || !(bar instanceof HTMLElement)) return;
  const free = role.holders.length === 0;
  setAttribute(button, "data-held", free ? "no" : "yes");
  setAttribute(button, "data-essential", role.essential ? "yes" : null);
  setText(name, role.short);
  setText(held, role.essential && free ? "needed" : heldWords(role, mine));
  setText(count, `${role.done}/${role.total}`);
  bar.style.setProperty("--share", String(role.total === 0 ? 0 : role.done / role.total));
}
