// @ts-check
/** The paths shown, ready to draw: in order of id (W6), each with its Path2D and its bounds. */

import { boxOfPath, grow, holds, join } from "./box.js";

/** @import { Box } from "./box.js" */
/** @import { Path } from "./types.js" */

/** @typedef {{path: Path, outline: Path2D, box: Box}} Shape */

const DOT = /^M(\S+) (\S+)L\1 \2$/;

export class Scene {
  /** @type {Shape[]} ascending by id */
  shapes = [];
  /** What must be drawn again, in board units. */
  /** @type {Box | null} */
  dirty = null;

  /** Replaces everything. Shapes of paths that stayed as they were are kept. @param {Path[]} paths sorted by id */
  reset(paths) {
    const known = new Map(this.shapes.map((shape) => [shape.path.id, shape]));
    this.shapes = paths.map((path) => reuse(known.get(path.id), path) ?? makeShape(path));
  }

  /** @param {string} id @param {Path | undefined} path undefined: it is no longer there */
  set(id, path) {
    const index = this.#place(id);
    const old = this.shapes[index]?.path.id === id ? this.shapes[index] : undefined;
    if (old) this.dirty = join(this.dirty, old.box);
    if (!path) {
      if (old) this.shapes.splice(index, 1);
      return;
    }
    const shape = makeShape(path);
    this.dirty = join(this.dirty, shape.box);
    this.shapes.splice(index, old ? 1 : 0, shape);
  }

  /** @returns {Box | null} the bounds of everything, null for an empty board */
  bounds() {
    return this.shapes.reduce((/** @type {Box | null} */ all, shape) => join(all, shape.box), null);
  }

  /**
   * @param {CanvasRenderingContext2D} probe untransformed; nothing is drawn on it
   * @param {number} x in board units
   * @param {number} y
   * @param {number} reach how near a stroke must pass
   * @returns {string[]} the ids of the paths there
   */
  hits(probe, x, y, reach) {
    return this.shapes.filter((shape) => isHit(probe, shape, x, y, reach)).map((shape) => shape.path.id);
  }

  /** @param {string} id @returns {number} where it stands, or would stand */
  #place(id) {
    let [low, high] = [0, this.shapes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shapes[middle].path.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @param {Path} path @returns {Shape} */
function makeShape(path) {
  return { path, outline: outlineOf(path.d), box: boxOfPath(path.d, path.width / 2) };
}

/** @param {string} d @returns {Path2D} */
function outlineOf(d) {
  const dot = DOT.exec(d);
  // A canvas drops segments of no length, caps and all; SVG does not.
  return new Path2D(dot ? `M${dot[1]} ${dot[2]}l.001 0` : d);
}

/** @param {Shape | undefined} shape @param {Path} path @returns {Shape | undefined} */
function reuse(shape, path) {
  if (!shape || shape.path.d !== path.d || shape.path.width !== path.width) return undefined;
  return shape.path === path ? shape : { ...shape, path };
}

/**
 * @param {CanvasRenderingContext2D} probe
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {boolean}
 */
function isHit(probe, { path, outline, box }, x, y, reach) {
  if (!holds(grow(box, reach), x, y)) return false;
  probe.lineWidth = path.width + 2 * reach;
  return probe.isPointInStroke(outline, x, y);
}
