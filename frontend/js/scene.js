// @ts-check
/** The paths shown, ready to draw and to be found, in order of id (W6); and what of the picture is out of date. */

import { around, grow, meet } from "./box.js";
import { Grid } from "./grid.js";
import { Shape } from "./shape.js";

/** @import { Box } from "./box.js" */
/** @import { Board } from "./merge.js" */
/** @import { Path } from "./types.js" */

/**
 * @typedef {object} Damage what changed in the picture since it was last asked for
 * @property {boolean} all
 * @property {Box[]} boxes to be drawn anew
 * @property {Shape[]} tops shapes that lie above all that they meet: they may be drawn onto what is there
 */

/** With more changes than this at once it is cheaper to draw everything anew than to tell each. */
const MANY = 2_000;
/** A search that covers more than this part of the board is quicker without the grid. */
const LARGE_PART = 0.1;

export class Scene {
  /** @type {Shape[]} ascending by id */
  shapes = [];
  /** Counts changes. */
  version = 0;
  /** @type {Map<string, Shape>} */
  #byId = new Map();
  /** @type {Grid<Shape>} */
  #grid = new Grid();
  /** @type {Damage} */
  #damage = none();
  /** Left out of the picture for a while, such as what is being dragged. @type {Set<string>} */
  #hidden = new Set();

  /** Takes what changed in a view. @param {Board} view @param {{all: boolean, ids: Set<string>}} changes */
  follow(view, { all, ids }) {
    if (all || ids.size > MANY) this.reset(view.paths());
    else for (const id of ids) this.set(id, view.get(id));
  }

  /** Replaces everything; what stayed as it was costs nothing. @param {Path[]} paths sorted by id */
  reset(paths) {
    const left = new Set(this.#byId.keys());
    /** @type {Path[]} */
    const news = [];
    for (const path of paths) {
      left.delete(path.id);
      const known = this.#byId.get(path.id);
      if (known?.looks(path)) known.path = path;
      else news.push(path);
    }
    if (left.size + news.length <= MANY) {
      for (const id of left) this.set(id, undefined);
      for (const path of news) this.set(path.id, path);
    } else this.#replace(paths);
  }

  /** @param {string} id @param {Path | undefined} path undefined: it is no longer there */
  set(id, path) {
    const old = this.#byId.get(id);
    if (path && old?.looks(path)) {
      old.path = path;
      return;
    }
    if (!path && !old) return;
    this.version++;
    const shape = path && new Shape(path, old);
    this.shapes.splice(this.#place(id), old ? 1 : 0, ...(shape ? [shape] : []));
    if (old) this.#grid.remove(old);
    if (old && !this.#hidden.has(id)) this.#damage.boxes.push(old.box);
    if (shape) this.#grid.add(shape);
    if (shape) this.#byId.set(id, shape);
    else this.#byId.delete(id);
    if (shape && !this.#hidden.has(id)) this.#mark(shape);
  }

  /** @param {string} id @returns {Shape | undefined} */
  get(id) {
    return this.#byId.get(id);
  }

  /** @param {Iterable<string>} ids these and no others are left out of the picture */
  hide(ids) {
    const [before, now] = [this.#hidden, new Set(ids)];
    this.#hidden = now;
    if (before.size + now.size > MANY) this.#damage = { ...none(), all: true };
    for (const id of before) if (!now.has(id)) this.#outdate(id);
    for (const id of now) if (!before.has(id)) this.#outdate(id);
  }

  /** @returns {Damage} */
  takeDamage() {
    const damage = this.#damage;
    this.#damage = none();
    damage.tops = damage.tops.filter((shape) => this.#byId.get(shape.path.id) === shape);
    return damage;
  }

  /** @returns {Box | null} the bounds of everything, null for an empty board */
  bounds() {
    return around(this.shapes.map(({ box }) => box));
  }

  /** @param {Box} box @returns {Shape[]} what of the picture meets it, in drawing order */
  search(box) {
    const found = this.#grid.search(box);
    const most = this.shapes.length * LARGE_PART;
    const sorted = found.length > most ? this.shapes.filter((shape) => meet(shape.box, box)) : found.sort(byId);
    return this.#hidden.size ? sorted.filter((shape) => !this.#hidden.has(shape.path.id)) : sorted;
  }

  /**
   * @param {CanvasRenderingContext2D} probe untransformed; nothing is drawn on it
   * @param {number} x in board units
   * @param {number} y
   * @param {number} reach how near a stroke must pass
   * @returns {string[]} the ids of the paths there, the lowest first
   */
  hits(probe, x, y, reach) {
    const near = this.search(grow({ left: x, top: y, right: x, bottom: y }, reach));
    return near.filter((shape) => isHit(probe, shape, x, y, reach)).map((shape) => shape.path.id);
  }

  /** @param {Path[]} paths */
  #replace(paths) {
    this.version++;
    const known = this.#byId;
    this.shapes = paths.map((path) => {
      const old = known.get(path.id);
      return old?.looks(path) ? old : new Shape(path, old);
    });
    this.#byId = new Map(this.shapes.map((shape) => [shape.path.id, shape]));
    this.#grid = new Grid();
    for (const shape of this.shapes) this.#grid.add(shape);
    this.#damage = { ...none(), all: true };
  }

  /** @param {Shape} shape new in the picture */
  #mark(shape) {
    const covered = this.#grid.search(shape.box).some((other) => other.path.id > shape.path.id);
    if (covered) this.#damage.boxes.push(shape.box);
    else this.#damage.tops.push(shape);
  }

  /** @param {string} id */
  #outdate(id) {
    const shape = this.#byId.get(id);
    if (shape && !this.#damage.all) this.#damage.boxes.push(shape.box);
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

/** @returns {Damage} */
function none() {
  return { all: false, boxes: [], tops: [] };
}

/** @param {Shape} a @param {Shape} b @returns {number} */
function byId(a, b) {
  return a.path.id < b.path.id ? -1 : 1;
}

/**
 * @param {CanvasRenderingContext2D} probe
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {boolean}
 */
function isHit(probe, { path, outline }, x, y, reach) {
  probe.lineWidth = path.width + 2 * reach;
  return probe.isPointInStroke(outline, x, y);
}
