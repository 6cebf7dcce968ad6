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

/** Room in a frame for what surrounds the ops, and in an op for what surrounds its texts. */
const [ENVELOPE, FRINGE] = [64, 128];
/** Bytes of a batch, though a frame may be larger: others' batches are to find their way between. */
const BATCH = 256 * 1024;

export class Outbox {
  /** Oldest first. @type {Set<Entry>} */
  #unsent = new Set();
  /** On this connection, in the order of their batches. @type {Set<Entry>} */
  #sent = new Set();
  /** While there is no connection: what was done last to each path. @type {Map<string, Entry> | null} */
  #latest = new Map();
  #n = 0;
  /** Told of what begins to wait, and of what waits no longer. @type {{came: (op: Op) => void, left: (op: Op) => void}} */
  watcher = { came: () => {}, left: () => {} };

  /** @returns {number} how many ops wait for their acknowledgement */
  get size() {
    return this.#unsent.size + this.#sent.size;
  }

  /** @returns {boolean} whether some op still has to be sent on this connection */
  get waiting() {
    return this.#unsent.size > 0;
  }

  /** @returns {Op[]} oldest first */
  ops() {
    return [...this.#sent, ...this.#unsent].map((entry) => entry.op);
  }

  /** @param {Op} op @param {number} [tries] */
  add(op, tries = 0) {
    const entry = { op, n: 0, i: 0, tries };
    this.#unsent.add(entry);
    this.watcher.came(op);
    if (this.#latest) this.#overrule(this.#latest, entry);
  }

  /** The connection is gone, and with it all that the server knew of strokes under way. */
  lose() {
    if (this.#latest) return;
    const all = [...this.#sent, ...this.#unsent];
    this.#latest = new Map();
    this.#sent.clear();
    this.#unsent = new Set(all);
    for (const entry of all) {
      entry.n = 0;
      this.#overrule(this.#latest, entry);
    }
  }

  /** A new connection: n counts anew, and everything is to be sent again, unchanged. */
  restart() {
    this.lose();
    this.#latest = null;
    this.#n = 0;
  }

  /**
   * Takes what was not sent yet.
   * @param {number} maxFrame bytes
   * @param {number} [most] bytes of all, about; the rest waits
   * @returns {Batch[]} each within maxFrame; ops are ASCII, so their length in characters is that in bytes
   */
  take(maxFrame, most = Infinity) {
    /** @type {Batch[]} */
    const batches = [];
    /** @type {Op[]} */
    let ops = [];
    let [room, left] = [0, most];
    for (const entry of this.#unsent) {
      if (left <= 0) break;
      const size = sizeOf(entry.op);
      if (size > room) {
        ops = [];
        room = Math.min(maxFrame, BATCH) - ENVELOPE;
        batches.push({ t: "batch", n: ++this.#n, ops });
      }
      room -= size;
      left -= size;
      this.#send(entry, ops);
    }
    return batches;
  }

  /** @param {number} n the last batch that is on disk @returns {Op[]} the ops that it settled */
  acknowledge(n) {
    /** @type {Op[]} */
    const settled = [];
    for (const entry of this.#sent) {
      if (entry.n > n) break;
      this.#drop(entry);
      settled.push(entry.op);
    }
    return settled;
  }

  /**
   * @param {number | undefined} n
   * @param {number | undefined} i
   * @param {string | undefined} id
   * @returns {Entry | undefined} the op that an error frame speaks of, no longer held here
   */
  refuse(n, i, id) {
    if (n === undefined) return undefined;
    for (const entry of this.#sent) {
      if (entry.n !== n || (i === undefined ? !("id" in entry.op) || entry.op.id !== id : entry.i !== i)) continue;
      this.#drop(entry);
      return entry;
    }
    return undefined;
  }

  /** @param {Op} op @returns {boolean} whether a later op waits that overrules this one */
  overrules(op) {
    return this.ops().some((other) => other.ts > op.ts && (other.op === "clear" || (op.op !== "clear" && other.id === op.id)));
  }

  /**
   * What waits and is overruled by this op need not be sent any more: so who is away for long keeps one op a path at
   * most, however often it was changed. (Not while connected: it may be what ends a stroke, P3.)
   * @param {Map<string, Entry>} latest
   * @param {Entry} entry
   */
  #overrule(latest, entry) {
    const { op } = entry;
    if (op.op === "clear") {
      for (const each of this.#unsent) if (each.op.ts < op.ts) this.#drop(each);
      return;
    }
    const before = latest.get(op.id);
    if (before && before.op.ts > op.ts) return;
    latest.set(op.id, entry);
    if (before) this.#drop(before);
  }

  /** @param {Entry} entry @param {Op[]} ops those of its batch */
  #send(entry, ops) {
    this.#unsent.delete(entry);
    this.#sent.add(entry);
    entry.n = this.#n;
    entry.i = ops.length;
    ops.push(entry.op);
  }

  /** @param {Entry} entry */
  #drop(entry) {
    this.#unsent.delete(entry);
    this.#sent.delete(entry);
    this.watcher.left(entry.op);
  }
}

/** @param {Op} op @returns {number} bytes of its JSON at most */
function sizeOf(op) {
  if (op.op === "clear") return FRINGE;
  return FRINGE + op.id.length + (op.op === "put" ? op.d.length + op.color.length : 0);
}
