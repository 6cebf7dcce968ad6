// @ts-check
/** Draws what changes all the time, above the settled paths: strokes under way and the others' cursors. */

import { applyPlacement, placementOf } from "./ink.js";
import { colorOf } from "./palette.js";

/** @import { Camera } from "./camera.js" */
/** @import { Presence } from "./presence.js" */
/** @import { Surface } from "./surface.js" */

/** @typedef {{color: string, width: number, points: number[]}} Line */

const ARROW = new Path2D("M0 0L4.5 15L7.5 9L14 7.5Z");
const LETTERS = "600 12px system-ui, sans-serif";
/** A label longer than this would hide more than it tells. */
const LONGEST_NAME = 24;

/**
 * @param {Surface} surface
 * @param {Camera} camera
 * @param {Presence} presence
 * @param {Line | null} own the stroke being drawn here
 */
export function drawOverlay(surface, camera, presence, own) {
  const context = surface.blank();
  context.save();
  applyPlacement(context, placementOf(surface, camera));
  context.lineCap = context.lineJoin = "round";
  for (const strokes of presence.strokes.values()) for (const stroke of strokes.values()) drawLine(context, stroke);
  if (own) drawLine(context, own);
  context.restore();
  for (const [user, [x, y]] of presence.cursors) drawCursor(context, camera.toWindow(x, y), user, presence.users.get(user));
}

/**
 * Smoothed as the finished path will be, so that nothing jumps at pen-up.
 * @param {CanvasRenderingContext2D} context
 * @param {Line} line
 */
function drawLine(context, { color, width, points }) {
  context.strokeStyle = color;
  context.lineWidth = width;
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

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} place in the window
 * @param {number} user
 * @param {string | undefined} name
 */
function drawCursor(context, [x, y], user, name) {
  if (name === undefined) return;
  context.save();
  context.translate(x, y);
  context.fillStyle = colorOf(user);
  context.strokeStyle = "white";
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.stroke(ARROW);
  context.fill(ARROW);
  drawLabel(context, shorten(name));
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {string} text */
function drawLabel(context, text) {
  context.font = LETTERS;
  context.textBaseline = "middle";
  const width = context.measureText(text).width + 12;
  context.beginPath();
  context.roundRect(12, 14, width, 20, 6);
  context.fill();
  context.fillStyle = "white";
  context.fillText(text, 18, 24.5);
}

/** @param {string} name @returns {string} */
function shorten(name) {
  const letters = [...name];
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : name;
}
