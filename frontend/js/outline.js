// @ts-check
/** Path data of the plain shapes, in the one spelling that is stored (V1). Pure. */

import { formatNumber } from "./wire.js";

/** @typedef {[number, number]} Point */

/** How far the control points of a quarter of a circle stand from its ends, in radii. */
const QUARTER = 0.5522847498;
/** An ellipse under way has so many. */
const SIDES = 32;

/** @param {Point} from @param {Point} to @returns {string} */
export function lineOutline(from, to) {
  return `M${spell(from)}L${spell(to)}`;
}

/** @param {Point} a @param {Point} b opposite corners @returns {string} */
export function rectangleOutline([ax, ay], [bx, by]) {
  return `M${spell([ax, ay])}L${spell([bx, ay])}L${spell([bx, by])}L${spell([ax, by])}Z`;
}

/** @param {Point} a @param {Point} b opposite corners of the box around it @returns {string} */
export function ellipseOutline([ax, ay], [bx, by]) {
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  const [rx, ry] = [Math.abs(bx - ax) / 2, Math.abs(by - ay) / 2];
  const [kx, ky] = [rx * QUARTER, ry * QUARTER];
  /** @param {...Point} points */
  const curve = (...points) => `C${points.map((point) => spell(point)).join(" ")}`;
  return [
    `M${spell([x + rx, y])}`,
    curve([x + rx, y + ky], [x + kx, y + ry], [x, y + ry]),
    curve([x - kx, y + ry], [x - rx, y + ky], [x - rx, y]),
    curve([x - rx, y - ky], [x - kx, y - ry], [x, y - ry]),
    curve([x + kx, y - ry], [x + rx, y - ky], [x + rx, y]),
    "Z",
  ].join("");
}

/** Points for those who look on while it is drawn: strokes under way are smoothed, except where a point stands twice. */

/** @param {Point} from @param {Point} to @returns {number[]} */
export function lineTrace(from, to) {
  return [...from, ...to];
}

/** @param {Point} a @param {Point} b @returns {number[]} */
export function rectangleTrace([ax, ay], [bx, by]) {
  return [[ax, ay], [bx, ay], [bx, by], [ax, by], [ax, ay]].flatMap(([x, y]) => [x, y, x, y]);
}

/** @param {Point} a @param {Point} b @returns {number[]} */
export function ellipseTrace([ax, ay], [bx, by]) {
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  return Array.from({ length: SIDES + 1 }, (_, i) => {
    const turn = (i / SIDES) * 2 * Math.PI;
    return [x + ((bx - ax) / 2) * Math.cos(turn), y + ((by - ay) / 2) * Math.sin(turn)];
  }).flat();
}

/** @param {Point} from @param {Point} to @returns {Point} `to`, turned to the next multiple of 15 degrees */
export function alignAngle([fromX, fromY], [x, y]) {
  const step = Math.PI / 12;
  const angle = Math.round(Math.atan2(y - fromY, x - fromX) / step) * step;
  const along = (x - fromX) * Math.cos(angle) + (y - fromY) * Math.sin(angle);
  return [fromX + along * Math.cos(angle), fromY + along * Math.sin(angle)];
}

/** @param {Point} from @param {Point} to @returns {Point} `to`, so that both span a square */
export function alignSquare([fromX, fromY], [x, y]) {
  const side = Math.max(Math.abs(x - fromX), Math.abs(y - fromY));
  return [fromX + (x < fromX ? -side : side), fromY + (y < fromY ? -side : side)];
}

/** @param {Point} point @param {number} [steps] in a board unit; as a rule finer than any screen shows @returns {string} */
export function spell([x, y], steps = 100) {
  return `${near(x, steps)} ${near(y, steps)}`;
}

/** @param {number} value @param {number} steps @returns {string} */
function near(value, steps) {
  return formatNumber(Math.round(value * steps) / steps);
}
