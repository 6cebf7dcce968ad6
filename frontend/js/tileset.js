// @ts-check
/** The tiles of one scale: those in the window, and those that were there lately. */

import { TILE, Tile } from "./tile.js";

/** @import { Damage } from "./scene.js" */
/** @import { Shade } from "./tile.js" */

/** @typedef {{scale: number, x: number, y: number}} Placement  board to pixels of the screen: p * scale + x */
/** @typedef {{width: number, height: number}} Size  in pixels of the screen */

/** So many times what the window needs is kept, but no more than this many tiles (a megabyte each) beyond it. */
const KEPT = 3;
const MOST_BEYOND = 60;

export class TileSet {
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #turn = 0;
  #shade;

  /** @param {number} scale pixels of the screen a board unit @param {Shade} shade */
  constructor(scale, shade) {
    this.scale = scale;
    this.#shade = shade;
  }

  /** @param {Placement} placement of this scale @param {Size} size @returns {Tile[]} those in the window, from its middle outwards */
  inWindow({ x, y }, { width, height }) {
    this.#turn++;
    /** @type {Tile[]} */
    const tiles = [];
    const [columns, rows] = [cells(x, width), cells(y, height)];
    for (let row = rows.first; row <= rows.last; row++) {
      for (let column = columns.first; column <= columns.last; column++) tiles.push(this.#tile(column, row));
    }
    this.#forgetOld(tiles.length + Math.min(tiles.length * (KEPT - 1), MOST_BEYOND));
    /** @param {Tile} tile */
    const away = (tile) => Math.hypot(tile.column - columns.middle, tile.row - rows.middle);
    return tiles.sort((a, b) => away(a) - away(b));
  }

  /** @param {Damage} damage @returns {Set<Tile>} whose pictures changed at once */
  take({ all, boxes, tops }) {
    /** @type {Set<Tile>} */
    const changed = new Set();
    for (const tile of this.#tiles.values()) {
      if (all) tile.outdate();
      for (const box of boxes) tile.spoil(box);
      for (const shape of tops) if (tile.top(shape)) changed.add(tile);
    }
    return changed;
  }

  /**
   * Onto the window, stretched if that is at another scale. Edges are on whole pixels: no seams.
   * @param {CanvasRenderingContext2D} context in pixels of the screen
   * @param {Placement} placement
   * @param {Size} size
   * @param {boolean} over whether something is there: then only what is drawn to its end takes its place
   */
  paint(context, { scale, x, y }, { width, height }, over) {
    const side = (TILE * scale) / this.scale;
    for (const { column, row, canvas, isDrawn } of this.#tiles.values()) {
      const [left, right] = [Math.round(column * side + x), Math.round((column + 1) * side + x)];
      const [top, bottom] = [Math.round(row * side + y), Math.round((row + 1) * side + y)];
      if (!canvas || (over && !isDrawn) || right <= 0 || bottom <= 0 || left >= width || top >= height) continue;
      if (over) context.clearRect(left, top, right - left, bottom - top);
      context.drawImage(canvas, left, top, right - left, bottom - top);
    }
  }

  release() {
    for (const tile of this.#tiles.values()) tile.release();
    this.#tiles.clear();
  }

  /** @param {number} column @param {number} row @returns {Tile} */
  #tile(column, row) {
    const key = `${column},${row}`;
    const tile = this.#tiles.get(key) ?? new Tile(column, row, this.scale, this.#shade);
    // Put last: a map keeps its order, so the first ones were not seen for the longest.
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    tile.seen = this.#turn;
    return tile;
  }

  /** @param {number} most */
  #forgetOld(most) {
    for (const [key, tile] of this.#tiles) {
      if (this.#tiles.size <= most) return;
      tile.release();
      this.#tiles.delete(key);
    }
  }
}

/** @param {number} offset @param {number} length @returns {{first: number, last: number, middle: number}} */
function cells(offset, length) {
  const [first, last] = [Math.floor(-offset / TILE), Math.ceil((length - offset) / TILE) - 1];
  return { first, last, middle: (first + last) / 2 };
}
