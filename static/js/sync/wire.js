// The shapes that cross the wire and the disk. Types only: nothing here runs.

/**
 * What a device wrote. Times are integer UTC milliseconds; every key is present.
 * @typedef {object} WireRecord
 * @property {1} v
 * @property {string} id
 * @property {string} code
 * @property {string} kind
 * @property {number | null} at
 * @property {string} precision
 * @property {string} certainty
 * @property {number | null} earliest
 * @property {number | null} latest
 * @property {string} source
 * @property {string | null} null_reason
 * @property {Record<string, any>} payload
 * @property {string | null} target
 * @property {string} device
 * @property {number} n counter of the device; 0 until the disk has numbered it
 * @property {string | null} role
 * @property {number} seen
 * @property {When | null} when
 */

/**
 * Evidence for the time of a record: the device's own clocks, and what it knew of the server's.
 * @typedef {object} When
 * @property {number} wall
 * @property {number} mono
 * @property {string} boot
 * @property {number | null} offset server clock minus this device's wall clock, in ms
 * @property {number | null} uncertainty
 * @property {number | null} offset_age
 * @property {number} tz minutes east of UTC
 */

/** @typedef {{device: string, label: string, person: string | null}} By */

/**
 * A record's place in the log. Waiting records have no place yet: `seq` and `received` are null.
 * @typedef {object} WireEntry
 * @property {number | null} seq
 * @property {number | null} received
 * @property {By} by
 * @property {string[]} flags
 * @property {string} prev
 * @property {string} hash
 * @property {string} [epoch] the log's life in which it was appended
 * @property {string} [mac] the server's own mark, by which it knows the entry again
 * @property {WireRecord} record
 */

/** @typedef {{epoch: string, seq: number, hash: string}} Cursor */

/**
 * @typedef {object} Batch
 * @property {"batch"} t
 * @property {string} code
 * @property {string} epoch
 * @property {number} from
 * @property {number} to
 * @property {number} head
 * @property {number} now
 * @property {number} [moved] by how many ms somebody set the server's system clock; its own goes on as it was
 * @property {WireEntry[]} entries
 */

/** @typedef {{t: "reset", why: string, epoch: string, head: number}} Reset */
/** @typedef {{t: "head", head: number, hash: string, epoch: string, now: number, moved?: number}} Head */

/**
 * @typedef {object} Result
 * @property {string} id
 * @property {"recorded" | "refused" | "quarantined"} status
 * @property {number} [seq]
 * @property {boolean} [replay]
 * @property {string} [reason]
 * @property {string} [detail]
 */

/** @typedef {{results: Result[], head: number, epoch: string, now: number}} Answer */

export {};
