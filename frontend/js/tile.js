// @ts-check
/** One square of the settled picture, kept so that moving about draws nothing again. */

import { common, encloses, meet } from "./box.js";

/** @import { Box } from "./box.js" */
/** @import { Pace } from "./pace.js" */
/** @import { Scene } from "./scene.js" */
/** @import { Shape } from "./shape.js" */

/** @typedef {{context: CanvasRenderingContext2D, shapes: Shape[], at: number}} Job a picture under way */
/** @typedef {(color: string) => string} Shade as which colour a colour is shown */

/** Edge length in pixels of the screen. */
export const TILE = 512;
/** More spots than this are not mended one by one. */
const MANY_SPOTS = 40;
/** A spot that costs more than this is drawn in slices, with the old picture in its place meanwhile. */
const DEAR = 60_000;

export class Tile {
  /** What may be shown; null: nothing yet. @type {CanvasRenderingContext2D | null} */
  #picture = null;
  /** @type {Job | null} */
  #job = null;
  /** Out of date, in board units. @type {Box[]} */
  #spots = [];
  #outdated = true;
  #gaveUp = false;
  /** When it was last in the window. */
  seen = 0;
  #scale;
  #shade;

  /** @param {number} column @param {number} row @param {number} scale pixels a board unit @param {Shade} shade */
  constructor(column, row, scale, shade) {
    this.column = column;
    this.row = row;
    this.#scale = scale;
    this.#shade = shade;
    const side = TILE / scale;
    /** In board units. @type {Box} */
    this.box = { left: column * side, top: row * side, right: (column + 1) * side, bottom: (row + 1) * side };
  }

  /** @returns {boolean} whether it shows the board as it is */
  get isSharp() {
    return !this.#outdated && !this.#job && !this.#spots.length;
  }

  /** @returns {boolean} whether it has been drawn, be it that something changed since */
  get isDrawn() {
    return this.#picture !== null;
  }

  /** @returns {HTMLCanvasElement | undefined} the best there is */
  get canvas() {
    return (this.#picture ?? this.#job?.context)?.canvas;
  }

  /** Everything may have changed. The picture under way is given up, but not twice in a row: else none would be done while much changes. */
  outdate() {
    this.#outdated = true;
    this.#spots = [];
    if (this.#job && !this.#gaveUp) {
      this.#job = null;
      this.#gaveUp = true;
    }
  }

  /** @param {Box} box what may have changed, in board units */
  spoil(box) {
    if (this.#outdated || !meet(box, this.box)) return;
    this.#spots.push(box);
    if (this.#spots.length > MANY_SPOTS) this.outdate();
  }

  /** @param {Shape} shape one that lies above all others @returns {boolean} whether the picture changed */
  top(shape) {
    if (!meet(shape.box, this.box)) return false;
    this.#job?.shapes.push(shape);
    if (!this.#picture) return false;
    this.#prepare(this.#picture);
    this.#stroke(this.#picture, shape);
    return true;
  }

  /** @param {Scene} scene @param {Pace} pace @returns {boolean} whether the picture changed */
  work(scene, pace) {
    if (this.#outdated && !this.#job) this.#begin(scene);
    const changed = this.#go(pace);
    return (!this.#job && !this.#outdated && this.#mend(scene, pace)) || changed;
  }

  /** Gives its memory back now: some browsers are slow to find out that a canvas is not needed. */
  release() {
    for (const context of [this.#picture, this.#job?.context]) if (context) context.canvas.width = context.canvas.height = 0;
    this.#picture = this.#job = null;
    this.#outdated = true;
  }

  /** @param {Scene} scene */
  #begin(scene) {
    this.#outdated = false;
    this.#spots = [];
    this.#job = { context: blank(), shapes: scene.search(this.box), at: 0 };
  }

  /** @param {Pace} pace @returns {boolean} */
  #go(pace) {
    const job = this.#job;
    if (!job) return false;
    this.#prepare(job.context);
    for (; job.at < job.shapes.length && pace.hasTime; job.at++) {
      this.#stroke(job.context, job.shapes[job.at]);
      pace.spend(job.shapes[job.at].cost);
    }
    if (job.at < job.shapes.length) return !this.#picture;
    if (this.#picture) this.#picture.canvas.width = this.#picture.canvas.height = 0;
    this.#picture = job.context;
    this.#job = null;
    this.#gaveUp = false;
    return true;
  }

  /** @param {Scene} scene @param {Pace} pace @returns {boolean} */
  #mend(scene, pace) {
    const context = this.#picture;
    if (!context || !this.#spots.length) return false;
    const spots = this.#distinctSpots().map((spot) => {
      const shapes = scene.search(this.#toBoard(spot));
      return { spot, shapes, cost: shapes.reduce((sum, shape) => sum + shape.cost, 0) };
    });
    this.#spots = [];
    if (spots.reduce((sum, { cost }) => sum + cost, 0) > DEAR) {
      this.#outdated = true;
      return false;
    }
    for (const { spot, shapes, cost } of spots) {
      if (pace.hasTime) this.#redraw(context, spot, shapes);
      else this.#spots.push(this.#toBoard(spot));
      pace.spend(cost);
    }
    return true;
  }

  /** @returns {Box[]} on whole pixels of the scaled board, for a clip through the middle of one would leave a seam */
  #distinctSpots() {
    const scale = this.#scale;
    const [left, top] = [this.column * TILE, this.row * TILE];
    const own = { left, top, right: left + TILE, bottom: top + TILE };
    const boxes = this.#spots.flatMap((box) => common(wholePixels(box, scale), own) ?? []);
    return boxes.filter((box, i) => !boxes.some((other, j) => i !== j && encloses(other, box) && (j < i || !encloses(box, other))));
  }

  /** @param {Box} spot in pixels of the scaled board @returns {Box} */
  #toBoard({ left, top, right, bottom }) {
    const scale = this.#scale;
    return { left: left / scale, top: top / scale, right: right / scale, bottom: bottom / scale };
  }

  /** @param {CanvasRenderingContext2D} context @param {Box} spot @param {Shape[]} shapes */
  #redraw(context, { left, top, right, bottom }, shapes) {
    context.save();
    context.setTransform(1, 0, 0, 1, -this.column * TILE, -this.row * TILE);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    this.#prepare(context);
    for (const shape of shapes) this.#stroke(context, shape);
    context.restore();
  }

  /** @param {CanvasRenderingContext2D} context */
  #prepare(context) {
    context.setTransform(this.#scale, 0, 0, this.#scale, -this.column * TILE, -this.row * TILE);
    context.lineCap = context.lineJoin = "round";
  }

  /** @param {CanvasRenderingContext2D} context prepared @param {Shape} shape */
  #stroke(context, { path, outline }) {
    context.strokeStyle = this.#shade(path.color);
    context.lineWidth = path.width;
    context.stroke(outline);
  }
}

/** @returns {CanvasRenderingContext2D} */
function blank() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = TILE;
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** @param {Box} box @param {number} scale @returns {Box} grown to whole pixels and one more */
function wholePixels({ left, top, right, bottom }, scale) {
  const [down, up] = [Math.floor, Math.ceil];
  return { left: down(left * scale) - 1, top: down(top * scale) - 1, right: up(right * scale) + 1, bottom: up(bottom * scale) + 1 };
}
