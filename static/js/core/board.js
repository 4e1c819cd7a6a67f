/**
 * The team as its records tell it: who holds and held which role, what falls to whom, and the state of every item.
 * Twin of roles/core/board.py. Facts come in log order, voided ones left out.
 */

/** @import { ItemJson, KindJson, RoleJson } from "./protocol.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {{ device: string | null, label: string, since: number | null }} Holder `device` null: somebody without one
 * @typedef {Holder & { until: number | null, ended: "released" | "taken_over" | null }} Tenure
 * @typedef {{ role: string, kinds: string[] }} Cover
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
 * Who held each role, from when to when, in the order of the log. Taking a role takes it over from whoever held it,
 * joining stands beside them; releasing ends one's own hold, or that of the `device` it names. With `proxy` the record
 * speaks for a person without a device: scrubbed hands cannot tap (clinical reference, section 5.4).
 * @param {Fact[]} facts
 * @returns {Map<string, Tenure[]>}
 */
export function tenures(facts) {
  /** @type {Map<string, Tenure[]>} */
  const spells = new Map();
  for (const fact of facts) {
    const role = fact.payload.value;
    if (typeof role !== "string" || (fact.kind !== "role_taken" && fact.kind !== "role_released")) continue;
    const told = spells.get(role) ?? [];
    const present = told.filter((each) => each.ended === null);
    const byProxy = fact.payload.proxy === true;
    if (fact.kind === "role_taken") {
      const said = fact.payload.label;
      const label = typeof said === "string" ? said : "";
      const device = byProxy ? null : fact.device;
      const joins = fact.payload.mode === "join";
      for (const each of present) {
        // Whoever joins again is still one.
        const again = each.device === device && (!byProxy || each.label === label);
        if (!joins || again) Object.assign(each, { until: fact.at, ended: "taken_over" });
      }
      const name = byProxy || label !== "" ? label : fact.deviceLabel;
      spells.set(role, [...told, { device, label: name, since: fact.at, until: null, ended: null }]);
    } else {
      const named = fact.payload.device;
      const device = byProxy ? null : typeof named === "string" ? named : fact.device;
      for (const each of present) {
        if (each.device === device) Object.assign(each, { until: fact.at, ended: "released" });
      }
    }
  }
  return spells;
}

/**
 * Who holds each role now; roles that nobody holds are left out.
 * @param {Map<string, Tenure[]>} spells
 * @returns {Map<string, Holder[]>}
 */
export function holders(spells) {
  /** @type {Map<string, Holder[]>} */
  const held = new Map();
  for (const [role, told] of spells) {
    const now = told
      .filter((each) => each.ended === null)
      .map(({ device, label, since }) => ({ device, label, since }));
    if (now.length > 0) held.set(role, now);
  }
  return held;
}

/**
 * What falls to a role because another's place is empty: each kind that a free role would record falls to the first of
 * its fallbacks that somebody holds (clinical reference, section 5.4). Anyone may record it all the same.
 * @param {RoleJson[]} roles
 * @param {Map<string, KindJson>} kinds
 * @param {Map<string, Holder[]>} held
 * @returns {Map<string, Cover[]>}
 */
export function covering(roles, kinds, held) {
  /** @type {Map<string, Cover[]>} */
  const covers = new Map();
  for (const { key, buttons } of roles) {
    if (held.has(key)) continue;
    for (const kind of buttons) {
      const { owner, fallback } = kinds.get(kind) ?? {};
      const standIn = owner === key ? fallback?.find((each) => held.has(each)) : undefined;
      if (standIn === undefined) continue;
      const parts = covers.get(standIn) ?? [];
      covers.set(standIn, parts);
      const last = parts.at(-1);
      if (last?.role === key) last.kinds.push(kind);
      else parts.push({ role: key, kinds: [kind] });
    }
  }
  return covers;
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
