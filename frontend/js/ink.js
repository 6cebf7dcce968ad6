// @ts-check
/** Draws the settled paths, and of them only what changed. */

import { meet } from "./box.js";

/** @import { Box } from "./box.js" */
/** @import { Camera } from "./camera.js" */
/** @import { Scene, Shape } from "./scene.js" */
/** @import { Surface } from "./surface.js" */

/**
 * @param {Surface} surface
 * @param {Camera} camera
 * @param {Scene} scene
 */
export function drawAll(surface, camera, scene) {
  surface.blank();
  toBoardUnits(surface, camera);
  drawShapes(surface.context, scene.shapes, camera.visible(surface.width, surface.height));
}

/**
 * Draws one part anew, which costs what lies there and not what the board holds.
 * @param {Surface} surface
 * @param {Camera} camera
 * @param {Scene} scene
 * @param {Box} part in board units
 */
export function drawPart(surface, camera, scene, part) {
  const { context } = surface;
  const pixels = wholePixels(surface, camera, part);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.beginPath();
  context.rect(pixels.left, pixels.top, pixels.right - pixels.left, pixels.bottom - pixels.top);
  context.clip();
  context.clearRect(pixels.left, pixels.top, pixels.right - pixels.left, pixels.bottom - pixels.top);
  toBoardUnits(surface, camera);
  drawShapes(context, scene.shapes, fromPixels(surface, camera, pixels));
  context.restore();
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

/** @param {Surface} surface @param {Camera} camera */
export function toBoardUnits({ context, ratio }, { x, y, zoom }) {
  const scale = ratio * zoom;
  context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
}

/**
 * Grown to whole pixels and one more: a clip through the middle of a pixel would leave a seam.
 * @param {Surface} surface
 * @param {Camera} camera
 * @param {Box} part
 * @returns {Box} in the canvas' own pixels, and no larger than the canvas
 */
function wholePixels({ context, ratio }, camera, part) {
  const [left, top] = camera.toWindow(part.left, part.top);
  const [right, bottom] = camera.toWindow(part.right, part.bottom);
  return {
    left: Math.max(0, Math.floor(left * ratio) - 1),
    top: Math.max(0, Math.floor(top * ratio) - 1),
    right: Math.min(context.canvas.width, Math.ceil(right * ratio) + 1),
    bottom: Math.min(context.canvas.height, Math.ceil(bottom * ratio) + 1),
  };
}

/** @param {Surface} surface @param {Camera} camera @param {Box} pixels @returns {Box} in board units */
function fromPixels({ ratio }, camera, pixels) {
  const [left, top] = camera.toBoard(pixels.left / ratio, pixels.top / ratio);
  const [right, bottom] = camera.toBoard(pixels.right / ratio, pixels.bottom / ratio);
  return { left, top, right, bottom };
}
