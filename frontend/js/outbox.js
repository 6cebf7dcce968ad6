// @ts-check
/** One's own ops that the server has not acknowledged yet (S4, S5), and the batches that carry them. */

/** @import { Batch, Op } from "./types.js" */

/**
 * @typedef {object} Entry
 * @property {Op} op
 * @property {number} n the batch that took it on this connection, 0 if none did yet
 * @property {number} i its place in that batch
 * @property {number} tries how often it got a new stamp
 */

/** Room in a frame for what surrounds the ops. */
const ENVELOPE = 64;

export class Outbox {
  /** @type {Entry[]} */
  #entries = [];
  #n = 0;

  /** @returns {number} how many ops wait for their acknowledgement */
  get size() {
    return this.#entries.length;
  }

  /** @returns {boolean} whether some op still has to be sent on this connection */
  get waiting() {
    return this.#entries.length > 0 && this.#entries[this.#entries.length - 1].n === 0;
  }

  /** @returns {Op[]} oldest first */
  ops() {
    return this.#entries.map((entry) => entry.op);
  }

  /** @param {Op} op @param {number} [tries] */
  add(op, tries = 0) {
    this.#entries.push({ op, n: 0, i: 0, tries });
  }

  /** A new connection: n counts anew, and everything is to be sent again, unchanged. */
  restart() {
    this.#n = 0;
    for (const entry of this.#entries) entry.n = 0;
  }

  /**
   * Takes what was not sent yet.
   * @param {number} maxFrame bytes
   * @returns {Batch[]} each within maxFrame; ops are ASCII, so their length in characters is that in bytes
   */
  take(maxFrame) {
    /** @type {Batch[]} */
    const batches = [];
    /** @type {Op[]} */
    let ops = [];
    let room = 0;
    for (const entry of this.#entries) {
      if (entry.n) continue;
      const size = JSON.stringify(entry.op).length + 1;
      if (size > room) {
        ops = [];
        room = maxFrame - ENVELOPE;
        batches.push({ t: "batch", n: ++this.#n, ops });
      }
      room -= size;
      entry.n = this.#n;
      entry.i = ops.length;
      ops.push(entry.op);
    }
    return batches;
  }

  /** @param {number} n the last batch that is on disk @returns {Op[]} the ops that it settled */
  acknowledge(n) {
    const settled = this.#entries.filter((entry) => entry.n && entry.n <= n);
    if (settled.length) this.#entries = this.#entries.filter((entry) => !entry.n || entry.n > n);
    return settled.map((entry) => entry.op);
  }

  /**
   * @param {number | undefined} n
   * @param {number | undefined} i
   * @param {string | undefined} id
   * @returns {Entry | undefined} the op that an error frame speaks of, no longer held here
   */
  refuse(n, i, id) {
    if (n === undefined) return undefined;
    const at = this.#entries.findIndex((e) => e.n === n && (i === undefined ? "id" in e.op && e.op.id === id : e.i === i));
    return at < 0 ? undefined : this.#entries.splice(at, 1)[0];
  }

  /** @param {Op} op @returns {boolean} whether a later op waits that overrules this one */
  overrules(op) {
    return this.#entries.some(({ op: other }) => other.ts > op.ts && (other.op === "clear" || (op.op !== "clear" && other.id === op.id)));
  }
}
