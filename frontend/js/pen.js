// @ts-check
/** A stroke that is being drawn here: its points, and which of them were sent already. */

import { LIMIT } from "./wire.js";

/** @import { Stroke } from "./types.js" */

export class PenStroke {
  /** x, y, x, y, … in board units, at most 2 decimals */
  /** @type {number[]} */
  points = [];
  /** Where the pointer will probably be next: shown here only. @type {number[]} */
  ahead = [];
  #sent = 0;

  /** @param {{id: string, ts: number, color: string, width: number}} ink ts: the stamp of pen-down */
  constructor({ id, ts, color, width }) {
    this.id = id;
    this.ts = ts;
    this.color = color;
    this.width = width;
  }

  /** @returns {boolean} whether others may know of it */
  get told() {
    return this.#sent > 0;
  }

  /** @param {number} x @param {number} y @returns {boolean} whether that was a new place */
  add(x, y) {
    const [px, py] = [round(x), round(y)];
    const { points } = this;
    if (points.at(-2) === px && points.at(-1) === py) return false;
    points.push(px, py);
    return true;
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
    return { id: this.id, ts: this.ts, color: this.color, width: this.width, points };
  }
}

/** @param {number} value @returns {number} */
function round(value) {
  return Math.max(-LIMIT, Math.min(LIMIT, Math.round(value * 100) / 100)) + 0;
}
