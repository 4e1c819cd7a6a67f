/**
 * The protocol's JSON, with types, and the few look-ups that every reading needs, made once per protocol.
 * Twin of timeline/core/protocol.py; the server checks protocols before it sends one.
 */

/**
 * @typedef {object} KindJson  One word of the event vocabulary; `pick` says which of several current values counts.
 * @property {string} label
 * @property {string} short
 * @property {string} group
 * @property {string} times
 * @property {string} pick
 * @property {string | null} owner
 * @property {boolean} board
 * @property {string} icon
 * @property {boolean} double_check
 * @property {boolean} bookkeeping
 * @property {{ type: string, unit?: string, units?: string[], min?: number, max?: number, from?: string,
 *   reason?: boolean, choices?: { value: string, label: string }[] }} [value]  A board gets it only of reasons.
 * @property {string[]} fields
 * @property {string[]} fallback
 *
 * @typedef {object} SelectorJson
 * @property {string[]} kinds
 * @property {string} pick
 * @property {string} scope
 * @property {string} [value]
 * @property {string} [reference]
 *
 * @typedef {{ kind: string, values: string[] }} ConditionJson
 *
 * @typedef {object} BetweenJson
 * @property {string} label
 * @property {SelectorJson} from
 * @property {SelectorJson} to
 * @property {string} [formula]
 * @property {boolean} [signed]
 * @property {string} [less]
 * @property {string[]} [unless]
 * @property {ConditionJson} [not_when]
 * @property {ConditionJson} [only_when]
 *
 * @typedef {BetweenJson | { label: string, measure: string, formula?: string }} IntervalJson
 *
 * @typedef {object} ItemJson
 * @property {string} id
 * @property {string} phase
 * @property {string} text
 * @property {string[]} events
 * @property {{ item: string, hard: boolean }[]} waits
 * @property {boolean} [own]
 *
 * @typedef {object} RoleJson
 * @property {string} key
 * @property {string} letters
 * @property {string} label
 * @property {string} short
 * @property {string} team
 * @property {boolean} essential
 * @property {boolean} scrubbed
 * @property {string} icon
 * @property {string[]} buttons
 * @property {ItemJson[]} items
 *
 * @typedef {object} OrderJson
 * @property {string} first
 * @property {string} then
 * @property {string} strength
 * @property {"after" | "ends" | "excludes" | "alternates" | "closes"} [rule]  See `Order` in timeline/core/protocol.py.
 * @property {boolean} [required]
 * @property {string} [value]
 * @property {string[]} [but]
 * @property {string} [text]
 *
 * @typedef {{ kind: string, word: string, due_minutes: number | null, source: string | null, parallel?: boolean }} StepJson
 * @typedef {{ key: string, letter: string, label: string, enters_on: string[], default_unless?: ConditionJson }} PhaseJson
 * @typedef {{ label: string, limit_minutes: number, source: string, amber_minutes: number | null,
 *   red_minutes: number | null, confirm: boolean }} TargetJson
 * @typedef {{ key: string, label: string, kind: string, value: string | null, due_seconds: number | null,
 *   overdue_seconds: number | null, amber_seconds?: number, shows: string, source: string, ceiling?: number, starts?: string[], machine?: string[],
 *   dims?: boolean, rides_on?: string }} TimerJson
 * @typedef {{ key: string, text: string, kinds: string[], after_minutes: number | null, until: string[],
 *   count?: { kind: string, times: number }, unless?: string[], only_when?: ConditionJson, not_when?: ConditionJson,
 *   during: "arrest" | "open", roles: string[] }} PromptJson
 * @typedef {{ key: string, label: string, begins: string, seconds: number, until?: string[],
 *   tone: "rising" | "falling" | "long" | "low" }} SoundJson
 * @typedef {{ key: string, label: string, excludes: string[], implies: string[] }} OutcomeJson
 * @typedef {{ value: string, label: string, shockable: boolean | null, common: boolean }} RhythmJson
 * @typedef {{ value: string, label: string, dose: number | null, unit: string | null, route: string, source: string,
 *   confirm: boolean }} DrugJson
 *
 * @typedef {{ key: string, text: string, weight: "hard" | "soft" | "override", favours: "yes" | "no" }} CriterionJson
 *
 * @typedef {object} ProtocolJson
 * @property {string} key
 * @property {number} version
 * @property {string} name
 * @property {string} default_target
 * @property {number} sustained_rosc_minutes
 * @property {number} same_moment_seconds
 * @property {number} double_entry_seconds
 * @property {{ key: string, label: string }[]} groups
 * @property {{ [key: string]: KindJson }} kinds
 * @property {OrderJson[]} orders
 * @property {string[]} milestones  The buttons that every board has, in their places.
 * @property {StepJson[]} path
 * @property {PhaseJson[]} phases
 * @property {{ [key: string]: TargetJson }} targets
 * @property {TimerJson[]} timers
 * @property {PromptJson[]} prompts
 * @property {SoundJson[]} [sounds]
 * @property {{ key: string, text: string, kinds: string[] }[]} [handover]  What is said when the patient changes teams.
 * @property {{ amber_seconds: number, red_seconds: number, least_percent?: number, source: string }} pauses
 * @property {{ [key: string]: IntervalJson }} intervals
 * @property {{ key: string, name: string, lines: CriterionJson[] }} criteria
 * @property {{ key: string, label: string, answers: { value: string, label: string }[] }[]} outcome_items
 * @property {OutcomeJson[]} outcomes
 * @property {RhythmJson[]} rhythms
 * @property {DrugJson[]} drugs
 * @property {{ key: string, label: string }[]} teams
 * @property {RoleJson[]} roles
 *
 * @typedef {object} Protocol  The protocol with its kinds, targets and outcomes as maps.
 * @property {ProtocolJson} raw
 * @property {Map<string, KindJson>} kinds
 * @property {Map<string, TargetJson>} targets
 * @property {Map<string, OutcomeJson>} outcomes
 * @property {number} limit  The main target, in minutes.
 */

/** Groups of kinds that are about the code or its record, not about the patient. */
const OWN_GROUPS = ["code", "bookkeeping"];

/** @type {WeakMap<ProtocolJson, Protocol>} */
const made = new WeakMap();

/**
 * The protocol with its look-ups. Kind names come from devices, so they are looked up in maps, never in objects.
 * @param {ProtocolJson} raw
 * @returns {Protocol}
 */
export function protocolOf(raw) {
  let protocol = made.get(raw);
  if (!protocol) {
    const targets = new Map(Object.entries(raw.targets));
    protocol = {
      raw,
      kinds: new Map(Object.entries(raw.kinds)),
      targets,
      outcomes: new Map(raw.outcomes.map((outcome) => [outcome.key, outcome])),
      limit: targets.get(raw.default_target)?.limit_minutes ?? 0,
    };
    made.set(raw, protocol);
  }
  return protocol;
}

/**
 * Whether the kind speaks of the patient.
 * @param {KindJson} kind
 */
export function isClinical(kind) {
  return !OWN_GROUPS.includes(kind.group);
}

/**
 * Whether several current values are competing statements of one moment.
 * @param {KindJson} kind
 */
export function isSingle(kind) {
  return kind.pick === "single" || kind.pick === "earliest";
}

/**
 * Whether each arrest episode has its own value.
 * @param {KindJson} kind
 */
export function isPerEpisode(kind) {
  return kind.times === "1/ep";
}

/**
 * The words for a kind; an unknown kind from a newer device is shown by its own name.
 * @param {Protocol} protocol
 * @param {string} kind
 * @returns {string}
 */
export function labelOf(protocol, kind) {
  const known = protocol.kinds.get(kind);
  return known ? known.label : kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ");
}
