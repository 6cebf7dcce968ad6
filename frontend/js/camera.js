// @ts-check
/** Which part of the board is in the window. One board unit is one CSS pixel at zoom 1. Pure. */

/** @import { Box } from "./box.js" */

const LEAST = 0.02;
const MOST = 64;
/** The window stays within what a board knows (V1). */
const FARTHEST = 1_000_000;

export class Camera {
  /** The board's point in the window's upper left corner. */
  x = 0;
  y = 0;
  zoom = 1;

  /** @param {number} px @param {number} py in the window @returns {[number, number]} in board units */
  toBoard(px, py) {
    return [this.x + px / this.zoom, this.y + py / this.zoom];
  }

  /** @param {number} x @param {number} y @returns {[number, number]} in the window */
  toWindow(x, y) {
    return [(x - this.x) * this.zoom, (y - this.y) * this.zoom];
  }

  /** @param {number} dx @param {number} dy in window pixels: the board moves that way */
  pan(dx, dy) {
    this.x = bound(this.x - dx / this.zoom, FARTHEST);
    this.y = bound(this.y - dy / this.zoom, FARTHEST);
  }

  /** @param {number} px @param {number} py the place in the window that stays where it is @param {number} factor */
  zoomAt(px, py, factor) {
    const [x, y] = this.toBoard(px, py);
    this.zoom = Math.max(LEAST, Math.min(MOST, this.zoom * factor));
    this.x = bound(x - px / this.zoom, FARTHEST);
    this.y = bound(y - py / this.zoom, FARTHEST);
  }

  /** @param {Box} box in board units @param {Box} free the part of the window where it is to be seen, in pixels @param {number} most zoom */
  fit(box, free, most) {
    const margin = 0.92;
    const wanted = margin * Math.min((free.right - free.left) / (box.right - box.left), (free.bottom - free.top) / (box.bottom - box.top));
    this.zoom = Math.max(LEAST, Math.min(most, wanted));
    this.x = (box.left + box.right - (free.left + free.right) / this.zoom) / 2;
    this.y = (box.top + box.bottom - (free.top + free.bottom) / this.zoom) / 2;
  }

  /** @param {number} width of the window @param {number} height @returns {Box} what is visible, in board units */
  visible(width, height) {
    const [right, bottom] = this.toBoard(width, height);
    return { left: this.x, top: this.y, right, bottom };
  }
}

/** @param {number} value @param {number} limit @returns {number} */
function bound(value, limit) {
  return Math.max(-limit, Math.min(limit, value));
}
