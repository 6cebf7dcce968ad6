// @ts-check
/** A stroke that is being drawn here: its points, and which of them were sent already. */

import { alignAngle } from "./outline.js";
import { LIMIT } from "./wire.js";

/** @import { Point } from "./outline.js" */
/** @import { Stroke } from "./types.js" */

export class PenStroke {
  /** x, y, x, y, … in board units, at most 2 decimals */
  /** @type {number[]} */
  points = [];
  /** Where the pointer will probably be next: shown here only. @type {number[]} */
  ahead = [];
  /** Which points end a straight piece: their places, counted in points. @type {number[]} */
  straight = [];
  /** Whether others may know of it. */
  told = false;
  /** Where a straight piece ends that is still being stretched: it is no part of the stroke yet, for what was told only grows (V3). @type {Point | null} */
  #loose = null;
  #sent = 0;

  /** @param {{id: string, ts: number, color: string, width: number}} ink ts: the stamp of pen-down */
  constructor({ id, ts, color, width }) {
    this.id = id;
    this.ts = ts;
    this.color = color;
    this.width = width;
  }

  /** @param {number} x @param {number} y @returns {boolean} whether that was a new place */
  add(x, y) {
    const [px, py] = [round(x), round(y)];
    const { points } = this;
    if (points.at(-2) === px && points.at(-1) === py) return false;
    points.push(px, py);
    return true;
  }

  /** A corner stands twice. @param {number} x @param {number} y */
  push(x, y) {
    this.points.push(round(x), round(y));
  }

  /** Goes on straight from the last point, in steps of 15 degrees. @param {number} x @param {number} y */
  stretch(x, y) {
    const from = /** @type {Point} */ (this.points.slice(-2));
    const [toX, toY] = alignAngle(from, [x, y]);
    this.#loose = [round(toX), round(toY)];
    this.ahead = [...from, ...this.#loose];
  }

  /** The straight piece stays as it is. Its ends are told twice: strokes under way are smoothed, except where they rest. */
  fix() {
    if (!this.#loose) return;
    this.points.push(...this.ahead, ...this.#loose);
    this.straight.push(this.points.length / 2 - 2);
    this.#loose = null;
    this.ahead = [];
  }

  /** @returns {boolean} whether a straight piece is being stretched */
  get isStretched() {
    return this.#loose !== null;
  }

  /** A new connection: the server knows nothing of this stroke. */
  restart() {
    this.#sent = 0;
  }

  /**
   * @param {number} most numbers to take
   * @returns {Stroke | null} the points that were not sent yet
   */
  piece(most) {
    const points = this.points.slice(this.#sent, this.#sent + most);
    if (!points.length) return null;
    this.#sent += points.length;
    this.told = true;
    return { id: this.id, ts: this.ts, color: this.color, width: this.width, points };
  }
}

/** @param {number} value @returns {number} */
function round(value) {
  return Math.max(-LIMIT, Math.min(LIMIT, Math.round(value * 100) / 100)) + 0;
}
