// @ts-check
/** Takes away whole strokes, those that it touches. */

import { probe } from "./probe.js";

/** @import { Editor } from "./editor.js" */
/** @import { Change } from "./history.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Spot, Tool } from "./tools.js" */

/** In window pixels. */
const REACH = 6;
const COARSE_REACH = 12;
const STEP = 4;

/** @implements {Tool} */
export class Eraser {
  #editor;
  #stage;
  /** @type {Spot | null} */
  #last = null;
  /** @type {Change[]} */
  #taken = [];

  /** @param {Editor} editor @param {Stage} stage */
  constructor(editor, stage) {
    this.#editor = editor;
    this.#stage = stage;
  }

  /** @param {Spot} spot */
  down(spot) {
    this.#taken = [];
    this.#last = spot;
    this.#eraseAt(spot.x, spot.y, spot.coarse);
  }

  /** @param {Spot} spot */
  move({ x, y, shift, coarse }) {
    if (!this.#last) return;
    const { x: fromX, y: fromY } = this.#last;
    const steps = Math.ceil((Math.hypot(x - fromX, y - fromY) * this.#stage.camera.zoom) / STEP);
    // A fast pointer leaves gaps between its events: look along the way.
    for (let i = 1; i <= steps; i++) this.#eraseAt(fromX + ((x - fromX) * i) / steps, fromY + ((y - fromY) * i) / steps, coarse);
    this.#last = { x, y, shift, coarse };
  }

  up() {
    this.#last = null;
    this.#editor.erased(this.#taken);
    this.#taken = [];
  }

  cancel() {
    this.up();
  }

  /** @param {number} x @param {number} y @param {boolean} coarse */
  #eraseAt(x, y, coarse) {
    this.#stage.update();
    const ids = this.#stage.scene.hits(probe(), x, y, (coarse ? COARSE_REACH : REACH) / this.#stage.camera.zoom);
    for (const change of this.#editor.erase(ids)) this.#taken.push(change);
  }
}
