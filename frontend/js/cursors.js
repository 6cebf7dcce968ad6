// @ts-check
/** Draws where the others point, with their names. */

import { colorOf } from "./palette.js";

/** @import { Camera } from "./camera.js" */
/** @import { Presence } from "./presence.js" */
/** @import { Surface } from "./surface.js" */

const ARROW = new Path2D("M0 0L4.5 15L7.5 9L14 7.5Z");
const LETTERS = "600 12px system-ui, sans-serif";
/** A label longer than this would hide more than it tells. */
const LONGEST_NAME = 24;

/** @param {Surface} surface blank @param {Camera} camera @param {Presence} presence */
export function drawCursors({ context }, camera, presence) {
  for (const [user, [x, y]] of presence.cursors) drawCursor(context, camera.toWindow(x, y), user, presence.users.get(user));
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
