// @ts-check
/** What all tools are, and the pen. */

import { pathFromPoints } from "./curve.js";
import { PenStroke } from "./pen.js";

/** @import { RoomClient } from "./client.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Style } from "./style.js" */

/** @typedef {{x: number, y: number, shift: boolean, coarse: boolean}} Spot  in board units; coarse: a finger points */

/**
 * @typedef {object} Tool
 * @property {(spot: Spot) => void} down
 * @property {(spot: Spot) => void} move
 * @property {() => void} up
 * @property {() => void} cancel it is given up
 * @property {() => void} [leave] the gesture turned out to be another one; without this it is given up
 * @property {(spots: Spot[]) => void} [expect] where the pointer will probably be
 */

/** Numbers in one stroke; a longer one goes on as another (V3 allows 20,000). */
const LONGEST = 10_000;
/** At most so many bytes of path data come of one number of a stroke. */
const BYTES_A_NUMBER = 24;
/** How far a path may stray from what was drawn, in window pixels. */
const STRAYING = 0.5;
/** A touch that went no further than this when a second finger came was not meant as a stroke. */
const SLIP = 24;

/** @implements {Tool} Draws freehand; others see it while it grows. */
export class Pen {
  /** @type {PenStroke | null} */
  #stroke = null;
  /** The paths that the same gesture has made already. @type {string[]} */
  #before = [];
  /** Where the pointer was last. */
  #at = { x: NaN, y: NaN };
  #client;
  #editor;
  #stage;
  #style;

  /** @param {RoomClient} client @param {Editor} editor @param {Stage} stage @param {Style} style */
  constructor(client, editor, stage, style) {
    this.#client = client;
    this.#editor = editor;
    this.#stage = stage;
    this.#style = style;
  }

  /** @param {Spot} spot */
  down(spot) {
    this.#before = [];
    this.#begin(spot);
  }

  /** @param {Spot} spot */
  #begin(spot) {
    const { ids, clock } = this.#client;
    const { color, width } = this.#style;
    this.#stroke = new PenStroke({ id: ids.next(), ts: clock.next(), color, width });
    this.#stage.live.draft = this.#stroke;
    this.move(spot);
  }

  /** @param {Spot} spot */
  move(spot) {
    const stroke = this.#stroke;
    if (!stroke || !this.#extend(stroke, spot)) return;
    this.#client.sender.follow(stroke);
    this.#stage.request();
    if (stroke.points.length < Math.min(LONGEST, this.#client.sender.maxFrame / BYTES_A_NUMBER)) return;
    this.#before.push(stroke.id);
    this.up();
    this.#begin(spot);
  }

  /** @param {PenStroke} stroke @param {Spot} spot @returns {boolean} whether it looks different now */
  #extend(stroke, { x, y, shift }) {
    const moved = x !== this.#at.x || y !== this.#at.y;
    this.#at = { x, y };
    if (shift && stroke.points.length) {
      stroke.stretch(x, y);
      this.#client.sender.stretch(this.#pieceOf(stroke));
      return true;
    }
    // Shift may be let go before the pen: what is straight stays so, unless the pen goes on.
    if (stroke.isStretched && !moved) return false;
    if (stroke.isStretched) this.#client.sender.stretch(null);
    stroke.fix();
    stroke.ahead = [];
    return stroke.add(x, y);
  }

  /** @param {PenStroke} stroke that is being stretched @returns {PenStroke} the straight piece, for the others */
  #pieceOf({ color, width, ahead }) {
    const { ids, clock } = this.#client;
    const piece = new PenStroke({ id: ids.next(), ts: clock.next(), color, width });
    piece.points = ahead;
    return piece;
  }

  /** @param {Spot[]} spots */
  expect(spots) {
    if (this.#stroke && !this.#stroke.isStretched) this.#stroke.ahead = spots.flatMap(({ x, y }) => [x, y]);
  }

  up() {
    const stroke = this.#take();
    if (!stroke) return;
    this.#client.sender.settle();
    const d = pathFromPoints(stroke.points, STRAYING / this.#stage.camera.zoom, stroke.straight);
    this.#editor.draw({ id: stroke.id, d, color: stroke.color, width: stroke.width });
  }

  leave() {
    this.#stroke?.fix();
    if (extent(this.#stroke?.points ?? []) * this.#stage.camera.zoom > SLIP) this.up();
    else this.cancel();
  }

  cancel() {
    if (!this.#take()) return;
    this.#client.abandon();
    if (this.#before.length) this.#editor.delete(this.#before);
    this.#stage.request();
  }

  /** @returns {PenStroke | null} */
  #take() {
    const stroke = this.#stroke;
    stroke?.fix();
    this.#stroke = this.#stage.live.draft = null;
    return stroke;
  }
}

/** @param {Tool} tool */
export function leave(tool) {
  if (tool.leave) tool.leave();
  else tool.cancel();
}

/** @param {number[]} points @returns {number} the greatest distance from the first point, along either axis */
function extent(points) {
  return points.reduce((most, value, i) => Math.max(most, Math.abs(value - points[i % 2])), 0);
}
