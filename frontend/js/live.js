// @ts-check
/** Draws above the settled paths what is under way: strokes being drawn, what is being dragged, and marks of tools. */

import { around, meet } from "./box.js";
import { applyPlacement, placementOf } from "./ink.js";
import { Pace } from "./pace.js";

/** @import { Box } from "./box.js" */
/** @import { Camera } from "./camera.js" */
/** @import { Shape } from "./shape.js" */
/** @import { Surface } from "./surface.js" */
/** @import { Shade } from "./tile.js" */

/** @typedef {{color: string, width: number, points: number[]}} Line */
/** @typedef {Line & {ahead?: number[]}} DraftLine ahead: where the pointer is expected to be next */
/** @typedef {{color: string, width: number, d: string}} DraftShape */
/** @typedef {{context: CanvasRenderingContext2D, x: number, y: number, scale: number, left: Shape[]}} Picture
 *   its place in board units; left: what is not drawn yet, the first last */
/** @typedef {{shapes: Shape[], dx: number, dy: number, dropped?: boolean}} Lifted what is being dragged, and how far in
 *   board units; dropped: it lies there, and is shown until the settled picture has it */

const ACCENT = "#4c6ef5";
/** A selection that costs more than this is dragged as one picture. */
const HEAVY = 150_000;
const CROSS = 12;

export class LiveLayer {
  /** What is being drawn here. @type {DraftLine | DraftShape | null} */
  draft = null;
  /** @type {Lifted | null} */
  lifted = null;
  /** Around what is selected. @type {Box[]} */
  frames = [];
  /** What a selecting drag covers. @type {Box | null} */
  band = null;
  /** The pointer of who draws by keyboard, in board units. @type {[number, number] | null} */
  crosshair = null;
  #surface;
  #shade;
  /** A heavy selection as it was when it was lifted. @type {Picture | null} */
  #picture = null;
  #pace = new Pace();
  #isBlank = false;

  /** @param {Surface} surface @param {Shade} shade */
  constructor(surface, shade) {
    this.#surface = surface;
    this.#shade = shade;
  }

  /** @param {Camera} camera @param {Line[]} strokes of the others @param {number} now milliseconds, at the beginning of the frame @returns {boolean} whether there is more to do in the next frame */
  draw(camera, strokes, now) {
    const wasBlank = this.#isBlank;
    this.#isBlank = !(this.draft || this.lifted || this.band || this.crosshair || this.frames.length || strokes.length);
    if (!this.lifted) this.#picture = null;
    // A canvas that is cleared is copied to the screen, though nothing is to be seen.
    if (this.#isBlank && wasBlank) return false;
    const context = this.#surface.blank();
    context.save();
    applyPlacement(context, placementOf(this.#surface, camera));
    context.lineCap = context.lineJoin = "round";
    const more = this.lifted !== null && this.#drawLifted(context, camera, this.lifted, now);
    for (const stroke of strokes) this.#drawLine(context, stroke);
    if (this.draft) this.#drawDraft(context, this.draft);
    context.restore();
    this.#drawMarks(context, camera);
    return more;
  }

  /** @param {CanvasRenderingContext2D} context @param {DraftLine | DraftShape} draft */
  #drawDraft(context, draft) {
    if ("points" in draft) return this.#drawLine(context, draft.ahead ? { ...draft, points: [...draft.points, ...draft.ahead] } : draft);
    this.#pen(context, draft);
    context.stroke(new Path2D(draft.d));
  }

  /**
   * Smoothed much as the finished path will be, so that nothing jumps at pen-up.
   * @param {CanvasRenderingContext2D} context
   * @param {Line} line
   */
  #drawLine(context, line) {
    const { points } = line;
    this.#pen(context, line);
    context.beginPath();
    context.moveTo(points[0], points[1]);
    for (let i = 2; i + 3 < points.length; i += 2) {
      const [x, y] = [points[i], points[i + 1]];
      context.quadraticCurveTo(x, y, (x + points[i + 2]) / 2, (y + points[i + 3]) / 2);
    }
    // A hair's breadth: a lone point would otherwise be dropped as a line of no length.
    context.lineTo(points[points.length - 2] + 0.001, points[points.length - 1]);
    context.stroke();
  }

  /** @param {CanvasRenderingContext2D} context @param {{color: string, width: number}} ink */
  #pen(context, { color, width }) {
    context.strokeStyle = this.#shade(color);
    context.lineWidth = width;
  }

  /** @param {CanvasRenderingContext2D} context on the board @param {Camera} camera @param {Lifted} lifted @param {number} now @returns {boolean} whether there is more to do */
  #drawLifted(context, camera, { shapes, dx, dy }, now) {
    if (!this.#picture && shapes.reduce((sum, shape) => sum + shape.cost, 0) <= HEAVY) {
      context.save();
      context.translate(dx, dy);
      this.#drawShapes(context, shapes);
      context.restore();
      return false;
    }
    this.#picture ??= this.#begin(camera, shapes);
    this.#goOn(this.#picture, now);
    const { context: { canvas }, x, y, scale, left } = this.#picture;
    context.drawImage(canvas, x + dx, y + dy, canvas.width / scale, canvas.height / scale);
    return left.length > 0;
  }

  /** @param {Camera} camera @param {Shape[]} shapes @returns {Picture} of what of them is in the window, to be drawn */
  #begin(camera, shapes) {
    const placement = placementOf(this.#surface, camera);
    const canvas = document.createElement("canvas");
    ({ width: canvas.width, height: canvas.height } = this.#surface.context.canvas);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    applyPlacement(context, placement);
    context.lineCap = context.lineJoin = "round";
    const window = camera.visible(this.#surface.width, this.#surface.height);
    const left = shapes.filter(({ box }) => meet(box, window)).reverse();
    return { context, x: -placement.x / placement.scale, y: -placement.y / placement.scale, scale: placement.scale, left };
  }

  /** @param {Picture} picture @param {number} now */
  #goOn({ context, left }, now) {
    this.#pace.begin(now);
    for (let shape; this.#pace.hasTime && (shape = left.pop()); ) {
      this.#drawShapes(context, [shape]);
      this.#pace.spend(shape.cost);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Shape[]} shapes */
  #drawShapes(context, shapes) {
    for (const { path, outline } of shapes) {
      this.#pen(context, path);
      context.stroke(outline);
    }
  }

  /** Frames and crosses are as fine at any zoom. @param {CanvasRenderingContext2D} context in the window @param {Camera} camera */
  #drawMarks(context, camera) {
    const { dx, dy } = this.lifted && !this.lifted.dropped ? this.lifted : { dx: 0, dy: 0 };
    const moved = this.frames.map((box) => inWindow(camera, box, dx, dy));
    context.strokeStyle = ACCENT;
    context.lineWidth = 1;
    if (moved.length > 1) for (const box of moved) frame(context, box, 0);
    context.lineWidth = 1.5;
    const whole = around(moved);
    if (whole) frame(context, whole, 5);
    if (this.band) {
      const box = inWindow(camera, this.band, 0, 0);
      context.fillStyle = `${ACCENT}1f`;
      context.fillRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
      frame(context, box, 0);
    }
    if (this.crosshair) drawCross(context, camera.toWindow(...this.crosshair));
  }
}

/** @param {Camera} camera @param {Box} box @param {number} dx @param {number} dy @returns {Box} */
function inWindow(camera, { left, top, right, bottom }, dx, dy) {
  const [x, y] = camera.toWindow(left + dx, top + dy);
  const [toX, toY] = camera.toWindow(right + dx, bottom + dy);
  return { left: x, top: y, right: toX, bottom: toY };
}

/** @param {CanvasRenderingContext2D} context @param {Box} box @param {number} margin */
function frame(context, { left, top, right, bottom }, margin) {
  context.strokeRect(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin);
}

/** Dark within light: to be seen on any ground. @param {CanvasRenderingContext2D} context @param {[number, number]} place */
function drawCross(context, [x, y]) {
  for (const [color, width] of /** @type {[string, number][]} */ ([["#ffffff", 5], [ACCENT, 2]])) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - CROSS, y);
    context.lineTo(x + CROSS, y);
    context.moveTo(x, y - CROSS);
    context.lineTo(x, y + CROSS);
    context.stroke();
  }
}
