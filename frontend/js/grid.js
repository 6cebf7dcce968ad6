// @ts-check
/**
 * Finds what lies in a box. A loose grid of several coarsenesses: a thing stands in one cell, that of its middle, of
 * the finest grid whose cells are as large as itself; so it reaches over its cell's edge by half a cell at most. Pure.
 */

import { meet } from "./box.js";

/** @import { Box } from "./box.js" */

/** Each grid is so many times as coarse as the one before. */
const STEP = 4;
/** More cells than a board has in one direction: a cell is named by one number, which costs less than a text. */
const ACROSS = 2 ** 22;

/** @template {{box: Box}} T */
export class Grid {
  /** @type {Map<number, Map<number, Set<T>>>} by size of the cells, then by cell */
  #levels = new Map();

  /** @param {T} thing */
  add(thing) {
    const { size, cell } = placeOf(thing.box);
    const cells = this.#levels.get(size) ?? new Map();
    this.#levels.set(size, cells);
    const things = cells.get(cell) ?? new Set();
    cells.set(cell, things);
    things.add(thing);
  }

  /** @param {T} thing as it was when it was added */
  remove(thing) {
    const { size, cell } = placeOf(thing.box);
    const cells = this.#levels.get(size);
    const things = cells?.get(cell);
    if (!cells || !things?.delete(thing) || things.size) return;
    cells.delete(cell);
    if (!cells.size) this.#levels.delete(size);
  }

  /** @param {Box} box @returns {T[]} what meets it, in no order */
  search(box) {
    /** @type {T[]} */
    const found = [];
    for (const [size, cells] of this.#levels) {
      for (const things of near(cells, size, box)) for (const thing of things) if (meet(thing.box, box)) found.push(thing);
    }
    return found;
  }
}

/**
 * @template T
 * @param {Map<number, T>} cells
 * @param {number} size
 * @param {Box} box
 * @returns {Iterable<T>} the cells whose things may reach into the box, perhaps more
 */
function near(cells, size, box) {
  const [left, right] = [Math.floor(box.left / size - 0.5), Math.floor(box.right / size + 0.5)];
  const [top, bottom] = [Math.floor(box.top / size - 0.5), Math.floor(box.bottom / size + 0.5)];
  if ((right - left + 1) * (bottom - top + 1) >= cells.size) return cells.values();
  /** @type {T[]} */
  const found = [];
  for (let x = left; x <= right; x++) {
    for (let y = top; y <= bottom; y++) {
      const cell = cells.get(nameOf(x, y));
      if (cell) found.push(cell);
    }
  }
  return found;
}

/** @param {number} column @param {number} row @returns {number} */
function nameOf(column, row) {
  return column * ACROSS + row;
}

/** @param {Box} box @returns {{size: number, cell: number}} */
function placeOf({ left, top, right, bottom }) {
  const size = STEP ** Math.ceil(Math.log(Math.max(1, right - left, bottom - top)) / Math.log(STEP));
  return { size, cell: nameOf(Math.floor((left + right) / 2 / size), Math.floor((top + bottom) / 2 / size)) };
}
