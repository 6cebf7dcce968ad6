// @ts-check
/** Makes of a stroke's points the path data that is stored (V1). Pure. */

import { formatNumber } from "./wire.js";

/** @typedef {[number, number]} Point */

/** Cosine of the turn up to which a corner counts as part of a curve. */
const GENTLE = Math.cos((35 * Math.PI) / 180);
/** How far a sharp corner is rounded, in tolerances. */
const CORNER = 5;

/**
 * Leaves out points that hardly matter, then rounds what remains: quadratic curves whose control
 * points are the points drawn. A sharp corner is rounded only a little, so that it stays one.
 * @param {number[]} flat x, y, x, y, … of at least one point
 * @param {number} tolerance how far the path may stray from the points, in board units
 * @returns {string} canonical path data with at least one segment
 */
export function pathFromPoints(flat, tolerance) {
  const points = simplify(pairs(flat), tolerance);
  const first = spell(points[0]);
  let d = `M${first}`;
  let at = first;
  /** @param {Point} to */
  const line = (to) => {
    const end = spell(to);
    if (end !== at) d += `L${end}`;
    at = end;
  };
  for (let i = 1; i < points.length - 1; i++) {
    const [enter, leave] = rounding(points[i - 1], points[i], points[i + 1], tolerance * CORNER);
    line(enter);
    if (spell(leave) === at) continue;
    at = spell(leave);
    d += `Q${spell(points[i])} ${at}`;
  }
  line(points[points.length - 1]);
  // A dot: a segment of no length, which round caps make visible.
  return d === `M${first}` ? `${d}L${first}` : d;
}

/**
 * @param {Point} before
 * @param {Point} corner
 * @param {Point} after
 * @param {number} radius
 * @returns {[Point, Point]} where the curve around the corner begins and ends
 */
function rounding(before, corner, after, radius) {
  const [a, b] = [distance(before, corner), distance(corner, after)];
  const cosine = ((corner[0] - before[0]) * (after[0] - corner[0]) + (corner[1] - before[1]) * (after[1] - corner[1])) / (a * b);
  // A turn back on itself keeps its tip: rounding would cut the stroke short.
  const most = cosine >= GENTLE ? Infinity : cosine < 0 ? 0 : radius;
  return [toward(corner, before, Math.min(0.5, most / a)), toward(corner, after, Math.min(0.5, most / b))];
}

/**
 * Ramer–Douglas–Peucker, with a stack of its own: a long stroke may need more depth than calls can nest.
 * @param {Point[]} points no two neighbours equal
 * @param {number} tolerance
 * @returns {Point[]}
 */
export function simplify(points, tolerance) {
  const keep = new Set([0, points.length - 1]);
  const spans = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    const [index, farthest] = farthestPoint(points, from, to);
    if (farthest <= tolerance) continue;
    keep.add(index);
    spans.push([from, index], [index, to]);
  }
  return points.filter((_, index) => keep.has(index));
}

/** @param {Point[]} points @param {number} from @param {number} to @returns {[number, number]} its index and distance */
function farthestPoint(points, from, to) {
  let [index, farthest] = [from, 0];
  for (let i = from + 1; i < to; i++) {
    const away = distanceToSegment(points[i], points[from], points[to]);
    if (away > farthest) [index, farthest] = [i, away];
  }
  return [index, farthest];
}

/** @param {Point} p @param {Point} a @param {Point} b @returns {number} */
function distanceToSegment(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy;
  const along = square ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square : 0;
  return distance(p, toward(a, b, Math.max(0, Math.min(1, along))));
}

/** @param {Point} a @param {Point} b @returns {number} */
function distance(a, b) {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

/** @param {Point} from @param {Point} to @param {number} part of the way @returns {Point} */
function toward(from, to, part) {
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}

/** @param {Point} point @returns {string} to two decimals: finer than any screen shows */
function spell([x, y]) {
  return `${formatNumber(Math.round(x * 100) / 100)} ${formatNumber(Math.round(y * 100) / 100)}`;
}

/** @param {number[]} flat @returns {Point[]} */
function pairs(flat) {
  /** @type {Point[]} */
  const points = [];
  for (let i = 0; i + 1 < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
  return points;
}
