// @ts-check
/** A board's state and how ops merge into it (W1–W4). Pure: no page, clock or network. */

import { fnv1a } from "./fnv.js";

/** @import { Clear, Del, Op, Path, Put } from "./types.js" */

/** One last-write-wins register a path, plus the greatest clear stamp. */
export class Board {
  /** @type {Map<string, Path>} */
  #paths = new Map();
  /** @type {Map<string, number>} */
  #tombstones = new Map();
  /** The greatest clear stamp, 0 if there was none. */
  cleared = 0;
  /** The greatest stamp seen in any op, won or lost. */
  newest = 0;
  /** S6: the sum of the hashes of all paths, modulo 2^32. */
  sum = 0;

  /**
   * A board as a snapshot tells it: paths without tombstones.
   * @param {Iterable<Path>} paths
   * @param {number} cleared
   * @returns {Board}
   */
  static of(paths, cleared) {
    const board = new Board();
    board.cleared = board.newest = cleared;
    for (const path of paths) board.merge({ op: "put", ...path });
    return board;
  }

  /** @returns {Board} an independent copy; the paths themselves are shared, for nobody changes them */
  copy() {
    const board = new Board();
    board.#paths = new Map(this.#paths);
    board.#tombstones = new Map(this.#tombstones);
    board.cleared = this.cleared;
    board.newest = this.newest;
    board.sum = this.sum;
    return board;
  }

  /** @returns {number} how many paths there are */
  get count() {
    return this.#paths.size;
  }

  /** @param {string} id @returns {Path | undefined} */
  get(id) {
    return this.#paths.get(id);
  }

  /** @returns {Path[]} in drawing order (W6) */
  paths() {
    return [...this.#paths.values()].sort((a, b) => compare(a.id, b.id));
  }

  /** @returns {[string, number][]} ids and stamps of deleted paths, sorted by id */
  tombstones() {
    return [...this.#tombstones].sort((a, b) => compare(a[0], b[0]));
  }

  /**
   * @param {Op} op
   * @returns {boolean} whether the op won, and so changed the state
   */
  merge(op) {
    const won = this.wins(op);
    this.newest = Math.max(this.newest, op.ts);
    if (!won) return false;
    if (op.op === "clear") this.#clear(op);
    else if (op.op === "del") this.#delete(op);
    else this.#put(op);
    return true;
  }

  /**
   * @param {Op} op
   * @returns {boolean} whether merging the op would change anything
   */
  wins(op) {
    if (op.ts <= this.cleared) return false;
    if (op.op === "clear") return true;
    if ((this.#tombstones.get(op.id) ?? 0) >= op.ts) return false;
    const path = this.#paths.get(op.id);
    if (!path) return true;
    if (op.ts !== path.ts) return op.ts > path.ts;
    return op.op === "del" || beats(op, path);
  }

  /** @param {Put} op */
  #put({ id, ts, d, color, width }) {
    const old = this.#paths.get(id);
    if (old) this.sum -= fnv1a(`${id}:${old.ts}`);
    else this.#tombstones.delete(id);
    // What was there keeps its place: so `paths` mostly finds them in order.
    this.#paths.set(id, { id, ts, d, color, width });
    this.sum = (this.sum + fnv1a(`${id}:${ts}`)) >>> 0;
  }

  /** @param {Del} op */
  #delete({ id, ts }) {
    this.#remove(id);
    this.#tombstones.set(id, ts);
  }

  /** @param {Clear} op */
  #clear({ ts }) {
    this.cleared = ts;
    for (const path of this.#paths.values()) if (path.ts <= ts) this.#remove(path.id);
    // The clear itself now beats whatever these tombstones would have beaten.
    for (const [id, stamp] of this.#tombstones) if (stamp <= ts) this.#tombstones.delete(id);
  }

  /** @param {string} id */
  #remove(id) {
    const path = this.#paths.get(id);
    if (!path) return;
    this.#paths.delete(id);
    this.sum = (this.sum - fnv1a(`${id}:${path.ts}`)) >>> 0;
  }
}

/**
 * W3's order of two puts with the same stamp: the tuple (d, color, width).
 * @param {Path} a
 * @param {Path} b
 * @returns {boolean} whether a is the greater
 */
function beats(a, b) {
  const order = compare(a.d, b.d) || compare(a.color, b.color) || a.width - b.width;
  return order > 0;
}

/**
 * By UTF-16 unit, which is by code point here: ids, `d` and colours are ASCII (V1, W6).
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
