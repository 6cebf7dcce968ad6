// @ts-check
/** A path as the screen needs it: its bounds, and its outline once it has been asked for. */

import { boxOfPath } from "./box.js";

/** @import { Box } from "./box.js" */
/** @import { Path } from "./types.js" */

const DOT = /^M(\S+) (\S+)L\1 \2$/;
/** What any path costs to draw, in characters of path data. */
const LEAST_COST = 100;

export class Shape {
  /** @type {Path} */
  path;
  /** @type {Box} */
  box;
  /** @type {Path2D | undefined} */
  #outline;

  /** @param {Path} path @param {Shape} [before] what stood under this id: often only colour or place in time differ */
  constructor(path, before) {
    const twin = before && before.path.d === path.d ? before : undefined;
    this.path = path;
    this.box = twin && twin.path.width === path.width ? twin.box : boxOfPath(path.d, path.width / 2);
    if (twin) this.#outline = twin.#outline;
  }

  /** @param {Path} path @returns {boolean} whether it would look the same */
  looks({ d, color, width }) {
    return this.path.d === d && this.path.color === color && this.path.width === width;
  }

  /** @returns {Path2D} made when first needed: much of a large board is never looked at */
  get outline() {
    return (this.#outline ??= outlineOf(this.path.d));
  }

  /** @returns {number} how much work drawing it is, about */
  get cost() {
    return LEAST_COST + this.path.d.length;
  }
}

/** @param {string} d @returns {Path2D} */
function outlineOf(d) {
  const dot = DOT.exec(d);
  // A canvas drops segments of no length, caps and all; SVG does not.
  return new Path2D(dot ? `M${dot[1]} ${dot[2]}l.001 0` : d);
}
