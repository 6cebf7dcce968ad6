// @ts-check
/** Draws the settled paths, and of them only what is new in the window. */

import { meet } from "./box.js";

/** @import { Box } from "./box.js" */
/** @import { Camera } from "./camera.js" */
/** @import { Scene, Shape } from "./scene.js" */
/** @import { Surface } from "./surface.js" */

/** @typedef {{scale: number, x: number, y: number}} Placement  board to canvas pixels: p * scale + x */

export class InkLayer {
  #surface;
  /** Where the board lay when it was last drawn. */
  /** @type {Placement | null} */
  #drawn = null;

  /** @param {Surface} surface */
  constructor(surface) {
    this.#surface = surface;
  }

  /** What is on the canvas counts no longer. */
  forget() {
    this.#drawn = null;
  }

  /** @param {Camera} camera @param {Scene} scene */
  draw(camera, scene) {
    const [before, now] = [this.#drawn, placementOf(this.#surface, camera)];
    this.#drawn = now;
    if (before?.scale !== now.scale) return this.#redraw(now, scene, this.#whole());
    this.#shift(now, scene, now.x - before.x, now.y - before.y);
    if (scene.dirty) this.#redraw(now, scene, toPixels(now, scene.dirty));
  }

  /**
   * Moves the picture and draws only the strips that came into the window.
   * @param {Placement} placement
   * @param {Scene} scene
   * @param {number} dx whole pixels of the canvas
   * @param {number} dy
   */
  #shift(placement, scene, dx, dy) {
    if (!dx && !dy) return;
    const { context } = this.#surface;
    const whole = this.#whole();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "copy";
    context.drawImage(context.canvas, dx, dy);
    context.globalCompositeOperation = "source-over";
    if (dx) this.#redraw(placement, scene, dx > 0 ? { ...whole, right: dx } : { ...whole, left: whole.right + dx });
    if (dy) this.#redraw(placement, scene, dy > 0 ? { ...whole, bottom: dy } : { ...whole, top: whole.bottom + dy });
  }

  /**
   * Draws one part anew, which costs what lies there and not what the board holds.
   * @param {Placement} placement
   * @param {Scene} scene
   * @param {Box} pixels whole ones: a clip through the middle of a pixel would leave a seam
   */
  #redraw(placement, scene, pixels) {
    const { context } = this.#surface;
    const whole = this.#whole();
    const [left, top] = [Math.max(0, pixels.left), Math.max(0, pixels.top)];
    const [right, bottom] = [Math.min(whole.right, pixels.right), Math.min(whole.bottom, pixels.bottom)];
    if (left >= right || top >= bottom) return;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    applyPlacement(context, placement);
    drawShapes(context, scene.shapes, toBoard(placement, { left, top, right, bottom }));
    context.restore();
  }

  /** @returns {Box} the canvas, in its pixels */
  #whole() {
    const { width, height } = this.#surface.context.canvas;
    return { left: 0, top: 0, right: width, bottom: height };
  }
}

/**
 * The board lies on whole pixels, so that moving it moves the picture without blurring it.
 * @param {Surface} surface
 * @param {Camera} camera
 * @returns {Placement}
 */
export function placementOf({ ratio }, { x, y, zoom }) {
  const scale = ratio * zoom;
  return { scale, x: Math.round(-x * scale), y: Math.round(-y * scale) };
}

/** @param {CanvasRenderingContext2D} context @param {Placement} placement */
export function applyPlacement(context, { scale, x, y }) {
  context.setTransform(scale, 0, 0, scale, x, y);
}

/** @param {CanvasRenderingContext2D} context @param {Shape[]} shapes @param {Box} visible */
function drawShapes(context, shapes, visible) {
  context.lineCap = context.lineJoin = "round";
  for (const { path, outline, box } of shapes) {
    if (!meet(box, visible)) continue;
    context.strokeStyle = path.color;
    context.lineWidth = path.width;
    context.stroke(outline);
  }
}

/** @param {Placement} placement @param {Box} box in board units @returns {Box} grown to whole pixels and one more */
function toPixels({ scale, x, y }, box) {
  return {
    left: Math.floor(box.left * scale + x) - 1,
    top: Math.floor(box.top * scale + y) - 1,
    right: Math.ceil(box.right * scale + x) + 1,
    bottom: Math.ceil(box.bottom * scale + y) + 1,
  };
}

/** @param {Placement} placement @param {Box} pixels @returns {Box} in board units */
function toBoard({ scale, x, y }, { left, top, right, bottom }) {
  return { left: (left - x) / scale, top: (top - y) / scale, right: (right - x) / scale, bottom: (bottom - y) / scale };
}
