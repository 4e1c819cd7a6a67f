/**
 * The team as its records tell it: who holds which role, and the state of every checklist item.
 * Twin of roles/core/board.py. Facts come in log order, voided ones left out.
 */

/** @import { ItemJson, RoleJson } from "./protocol.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {{ device: string, label: string, since: number | null }} Holder
 *
 * @typedef {object} ItemState
 * @property {"open" | "done" | "skipped"} state
 * @property {string | null} how
 * @property {number | null} at
 * @property {string | null} by
 * @property {string | null} record
 * @property {string | null} reason
 *
 * @typedef {object} ItemReading
 * @property {string} id
 * @property {string} phase
 * @property {string} text
 * @property {"open" | "done" | "skipped"} state
 * @property {string | null} how
 * @property {number | null} at
 * @property {string | null} by
 * @property {string | null} record
 * @property {string[]} waits_for
 * @property {string | null} reason
 */

const ARRIVED = "team_member_arrived";

/**
 * Who holds each role. Taking it replaces whoever held it, joining stands beside them; releasing ends one's own.
 * A release may name another `device` in its payload: a leader frees the role of somebody who went away.
 * @param {Fact[]} facts
 * @returns {Map<string, Holder[]>}
 */
export function holders(facts) {
  /** @type {Map<string, Holder[]>} */
  const held = new Map();
  for (const fact of facts) {
    const role = fact.payload.value;
    if (typeof role !== "string") continue;
    const present = held.get(role) ?? [];
    if (fact.kind === "role_taken") {
      const label = fact.payload.label;
      const holder = {
        device: fact.device,
        label: typeof label === "string" && label !== "" ? label : fact.deviceLabel,
        since: fact.at,
      };
      const others = fact.payload.mode === "join" ? present.filter((each) => each.device !== fact.device) : [];
      held.set(role, [...others, holder]);
    } else if (fact.kind === "role_released") {
      const device = typeof fact.payload.device === "string" ? fact.payload.device : fact.device;
      held.set(
        role,
        present.filter((each) => each.device !== device),
      );
    }
  }
  return held;
}

/** @returns {ItemState} */
function openState() {
  return { state: "open", how: null, at: null, by: null, record: null, reason: null };
}

/**
 * @param {ItemState} state
 * @param {"done" | "skipped"} to
 * @param {string | null} how
 * @param {Fact} fact
 * @param {string | null} reason
 */
function put(state, to, how, fact, reason) {
  Object.assign(state, { state: to, how, at: fact.at, by: fact.deviceLabel, record: fact.id, reason });
}

/**
 * The state of every item. An item with events ticks itself when one of them is logged, on whatever device: the first
 * tick or event makes it done, an untick opens it until a later one, a skip stands until a later one.
 * @param {Fact[]} facts
 * @param {RoleJson[]} roles
 * @returns {Map<string, ItemState>}
 */
export function itemStates(facts, roles) {
  /** @type {Map<string, ItemState>} */
  const states = new Map();
  /** @type {Map<string, { state: ItemState, only: string | null }[]>} */
  const listening = new Map();
  const keys = new Set(roles.map((role) => role.key));
  for (const role of roles) {
    for (const item of role.items) {
      const state = openState();
      states.set(item.id, state);
      for (const event of item.events) {
        const listener = { state, only: item.own ? role.key : null };
        const others = listening.get(event);
        if (others) others.push(listener);
        else listening.set(event, [listener]);
      }
    }
  }
  for (const fact of facts) {
    const listeners = listening.get(fact.kind);
    if (listeners) {
      if (fact.at !== null) hear(fact, listeners, keys);
    } else if (fact.kind === "item_ticked" || fact.kind === "item_unticked" || fact.kind === "item_skipped") {
      tick(fact, states);
    }
  }
  return states;
}

/**
 * @param {Fact} fact
 * @param {{ state: ItemState, only: string | null }[]} listeners
 * @param {Set<string>} roles
 */
function hear(fact, listeners, roles) {
  const arrived = fact.kind === ARRIVED ? fact.payload.value : null;
  for (const { state, only } of listeners) {
    // An arrival that names a role ticks that role's item; one that names none ticks them all.
    if (only !== null && typeof arrived === "string" && roles.has(arrived) && arrived !== only) continue;
    if (state.state !== "done") put(state, "done", "event", fact, null);
  }
}

/**
 * @param {Fact} fact
 * @param {Map<string, ItemState>} states
 */
function tick(fact, states) {
  const name = fact.payload.value;
  const state = typeof name === "string" ? states.get(name) : undefined;
  if (!state) return;
  if (fact.kind === "item_unticked") {
    Object.assign(state, openState());
  } else if (fact.kind === "item_skipped") {
    const reason = fact.payload.reason;
    put(state, "skipped", null, fact, typeof reason === "string" ? reason : null);
  } else if (state.state !== "done") {
    put(state, "done", fact.payload.how === "earlier" ? "earlier" : "tick", fact, null);
  }
}

/**
 * Every role's items. `waits_for` names the items that should come first and are still open.
 * @param {Map<string, ItemState>} states
 * @param {RoleJson[]} roles
 */
export function checklists(states, roles) {
  /** @type {{ [role: string]: ItemReading[] }} */
  const shown = {};
  for (const role of roles) shown[role.key] = role.items.map((item) => line(item, states));
  return shown;
}

/**
 * @param {ItemJson} item
 * @param {Map<string, ItemState>} states
 * @returns {ItemReading}
 */
function line(item, states) {
  const state = states.get(item.id) ?? openState();
  return {
    id: item.id,
    phase: item.phase,
    text: item.text,
    ...state,
    waits_for: item.waits.map((wait) => wait.item).filter((wait) => states.get(wait)?.state === "open"),
  };
}
