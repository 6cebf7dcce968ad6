// @ts-check
/** What the pointer does to the board: the pen and the eraser. Places are in board units. */

import { pathFromPoints } from "./curve.js";
import { PenStroke } from "./pen.js";

/** @import { RoomClient } from "./client.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Path } from "./types.js" */

/**
 * @typedef {object} Tool
 * @property {(x: number, y: number) => void} down
 * @property {(x: number, y: number) => void} move
 * @property {() => void} up
 * @property {() => void} cancel the gesture turned out to be another one
 */

/** Numbers in one stroke; a longer one goes on as another (V3 allows 20,000). */
const LONGEST = 10_000;
/** At most so many bytes of path data come of one number of a stroke. */
const BYTES_A_NUMBER = 24;
/** In window pixels. */
const STRAYING = 0.35;
const ERASER_REACH = 6;
const ERASER_STEP = 4;
/** A touch that went no further than this when a second finger came was not meant as a stroke. */
const SLIP = 24;

/** @implements {Tool} */
export class Pen {
  color = "#1b1b1f";
  width = 4;
  /** @type {PenStroke | null} */
  stroke = null;
  #client;
  #editor;
  #stage;

  /** @param {RoomClient} client @param {Editor} editor @param {() => Stage} stage */
  constructor(client, editor, stage) {
    this.#client = client;
    this.#editor = editor;
    this.#stage = stage;
  }

  /** @param {number} x @param {number} y */
  down(x, y) {
    const { ids, clock } = this.#client;
    this.stroke = new PenStroke({ id: ids.next(), ts: clock.next(), color: this.color, width: this.width });
    this.move(x, y);
  }

  /** @param {number} x @param {number} y */
  move(x, y) {
    if (!this.stroke?.add(x, y)) return;
    this.#client.sender.follow(this.stroke);
    this.#stage().request();
    if (this.stroke.points.length < Math.min(LONGEST, this.#client.sender.maxFrame / BYTES_A_NUMBER)) return;
    this.up();
    this.down(x, y);
  }

  up() {
    const { stroke } = this;
    if (!stroke) return;
    this.stroke = null;
    this.#client.sender.settle();
    const d = pathFromPoints(stroke.points, STRAYING / this.#stage().camera.zoom);
    this.#editor.draw({ id: stroke.id, d, color: stroke.color, width: stroke.width });
  }

  cancel() {
    if (!this.stroke) return;
    if (extent(this.stroke.points) * this.#stage().camera.zoom > SLIP) return this.up();
    this.stroke = null;
    this.#client.sender.abandon();
    this.#stage().request();
  }
}

/** @implements {Tool} Takes whole strokes. */
export class Eraser {
  #editor;
  #stage;
  #probe;
  /** @type {[number, number] | null} */
  #last = null;
  /** @type {Path[]} */
  #taken = [];

  /** @param {Editor} editor @param {() => Stage} stage */
  constructor(editor, stage) {
    this.#editor = editor;
    this.#stage = stage;
    this.#probe = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    this.#probe.lineCap = this.#probe.lineJoin = "round";
  }

  /** @param {number} x @param {number} y */
  down(x, y) {
    this.#taken = [];
    this.#last = [x, y];
    this.#eraseAt(x, y);
  }

  /** @param {number} x @param {number} y */
  move(x, y) {
    if (!this.#last) return;
    const [fromX, fromY] = this.#last;
    const steps = Math.ceil((Math.hypot(x - fromX, y - fromY) * this.#stage().camera.zoom) / ERASER_STEP);
    // A fast pointer leaves gaps between its events: look along the way.
    for (let i = 1; i <= steps; i++) this.#eraseAt(fromX + ((x - fromX) * i) / steps, fromY + ((y - fromY) * i) / steps);
    this.#last = [x, y];
  }

  up() {
    this.#last = null;
    this.#editor.erased(this.#taken);
    this.#taken = [];
  }

  cancel() {
    this.up();
  }

  /** @param {number} x @param {number} y */
  #eraseAt(x, y) {
    const stage = this.#stage();
    stage.update();
    const ids = stage.scene.hits(this.#probe, x, y, ERASER_REACH / stage.camera.zoom);
    for (const path of this.#editor.erase(ids)) this.#taken.push(path);
  }
}

/** @param {number[]} points @returns {number} the greatest distance from the first point, along either axis */
function extent(points) {
  return points.reduce((most, value, i) => Math.max(most, Math.abs(value - points[i % 2])), 0);
}
