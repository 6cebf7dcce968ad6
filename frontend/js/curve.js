// @ts-check
/**
 * Makes of a stroke's points the path data that is stored (V1): the points are filtered, then quadratic curves are
 * fitted to them, each as long as it may be, that join without a bend except at corners. Pure.
 */

import { spell } from "./outline.js";

/** @import { Point } from "./outline.js" */

/** A turn sharper than this is a corner: the cosine of its angle. */
const CORNER = Math.cos((55 * Math.PI) / 180);
/** The cosine of what counts as no turn: a hand's tremble. */
const STRAIGHT = Math.cos((12 * Math.PI) / 180);
/** Over so many tolerances a direction is looked at; a shorter way is mostly noise. */
const ARM = 14;
/** Times that every point is drawn to the middle of its neighbours. */
const PASSES = 2;
/** Pieces into which a curve is cut to tell how far the points are from it. */
const PIECES = 12;

/**
 * @param {number[]} flat x, y, x, y, … of at least one point
 * @param {number} tolerance how far the path may stray from the points, in board units
 * @param {number[]} [straight] the places of points to which the stroke went straight, ascending
 * @returns {string} canonical path data with at least one segment
 */
export function pathFromPoints(flat, tolerance, straight = []) {
  const points = pairs(flat);
  const spelling = new Spelling(points[0], grain(tolerance));
  let from = 0;
  for (const end of straight) {
    fitRun(points.slice(from, end), tolerance, spelling);
    spelling.line(points[end]);
    from = end;
  }
  fitRun(points.slice(from), tolerance, spelling);
  return spelling.finish();
}

/** @param {Point[]} drawn freehand @param {number} tolerance @param {Spelling} spelling */
function fitRun(drawn, tolerance, spelling) {
  const points = thin(drawn, tolerance);
  const corners = cornersOf(points, ARM * tolerance);
  for (let i = 1; i < corners.length; i++) {
    const run = smooth(points.slice(corners[i - 1], corners[i] + 1), tolerance);
    fit(run, headingAt(run, 0, ARM * tolerance), headingAt(run, run.length - 1, ARM * tolerance), tolerance, spelling);
  }
}

/**
 * Finer numbers than a tenth of what may be strayed would make every path longer and none better.
 * @param {number} tolerance @returns {number} steps in a board unit: 1, 10, 100 or 1000
 */
function grain(tolerance) {
  return 10 ** Math.min(3, Math.max(0, Math.ceil(-Math.log10(tolerance * 0.2001))));
}

/** Path data under way. */
class Spelling {
  /** @param {Point} start @param {number} steps how many are in a board unit */
  constructor(start, steps) {
    this.steps = steps;
    this.at = spell(start, steps);
    this.d = `M${this.at}`;
    this.empty = true;
  }

  /** @param {Point} end */
  line(end) {
    const to = spell(end, this.steps);
    if (to === this.at) return;
    this.d += `L${to}`;
    this.at = to;
    this.empty = false;
  }

  /** @param {Point} control @param {Point} end */
  curve(control, end) {
    const to = spell(end, this.steps);
    if (to === this.at) return;
    this.d += `Q${spell(control, this.steps)} ${to}`;
    this.at = to;
    this.empty = false;
  }

  /** @returns {string} */
  finish() {
    // A dot: a segment of no length, which round caps make visible.
    return this.empty ? `${this.d}L${this.at}` : this.d;
  }
}

/**
 * Curves through some of the points, each as long as it comes near enough to all between.
 * @param {Point[]} points
 * @param {Point} leave direction at the first point, of length 1
 * @param {Point} arrive direction at the last
 * @param {number} tolerance
 * @param {Spelling} spelling
 */
function fit(points, leave, arrive, tolerance, spelling) {
  const last = points.length - 1;
  /** @param {number} i */
  const heading = (i) => (i === last ? arrive : headingAt(points, i, ARM * tolerance));
  for (let from = 0, ahead = leave; from < last; ) {
    /** @param {number} to */
    const control = (to) => controlFor(points, from, ahead, to, heading(to), tolerance);
    const to = longest(from, last, (end) => control(end) !== null);
    spellCurve(points[from], ahead, points[to], heading(to), control(to), tolerance, spelling);
    [from, ahead] = [to, heading(to)];
  }
}

/**
 * @param {number} from @param {number} last @param {(end: number) => boolean} fits
 * @returns {number} the last point, if a curve fits so far, else one up to which it does; the next one at least
 */
function longest(from, last, fits) {
  if (fits(last)) return last;
  let good = from + 1;
  let bad = last;
  // In growing steps, so that what is looked at is not much longer than what is found.
  for (let step = 2; from + step < bad; step *= 2) {
    if (fits(from + step)) good = from + step;
    else bad = from + step;
  }
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/**
 * @param {Point[]} points @param {number} from @param {Point} leave @param {number} to @param {Point} arrive @param {number} tolerance
 * @returns {Point | null} the control point of a curve that comes near enough to all points between; null if there is none
 */
function controlFor(points, from, leave, to, arrive, tolerance) {
  const control = meetingPoint(points[from], leave, points[to], arrive);
  return control && isNear(points, from, to, control, tolerance) ? control : null;
}

/**
 * @param {Point} start @param {Point} leave @param {Point} end @param {Point} arrive @param {Point | null} control
 * @param {number} tolerance @param {Spelling} spelling
 */
function spellCurve(start, leave, end, arrive, control, tolerance, spelling) {
  if (!control) return join(start, leave, end, arrive, spelling);
  return distanceToSegment(control, start, end) < tolerance / 4 ? spelling.line(end) : spelling.curve(control, end);
}

/**
 * Where one curve cannot bend both ways, two can.
 * @param {Point} start @param {Point} leave @param {Point} end @param {Point} arrive @param {Spelling} spelling
 */
function join(start, leave, end, arrive, spelling) {
  const reach = distance(start, end) / 4;
  const near = along(start, leave, reach);
  const far = along(end, arrive, -reach);
  spelling.curve(near, [(near[0] + far[0]) / 2, (near[1] + far[1]) / 2]);
  spelling.curve(far, end);
}

/**
 * The control point that gives a curve both directions.
 * @param {Point} start @param {Point} leave @param {Point} end @param {Point} arrive
 * @returns {Point | null} null if there is none, or only far away
 */
function meetingPoint(start, leave, end, arrive) {
  const way = vector(start, end);
  const length = Math.hypot(...way);
  if (!length) return null;
  const turn = cross(leave, arrive);
  const [ahead, behind] = [cross(way, arrive) / turn / length, cross(leave, way) / turn / length];
  // A control point close to one end, or far off, makes a curve that is bent at one spot.
  if (Math.min(ahead, behind) > 0.15 && Math.max(ahead, behind) < 1.5) return along(start, leave, ahead * length);
  const straight = Math.min(dot(leave, way), dot(arrive, way)) / length > STRAIGHT;
  return straight ? [start[0] + way[0] / 2, start[1] + way[1] / 2] : null;
}

/**
 * @param {Point[]} points @param {number} first @param {number} last @param {Point} control @param {number} tolerance
 * @returns {boolean} whether no point is further from the curve
 */
function isNear(points, first, last, control, tolerance) {
  const curve = sample(points[first], control, points[last]);
  let piece = 0;
  for (let i = first + 1; i < last; i++) {
    let best = Infinity;
    // The points follow the curve, so each lies near the piece of the one before or a later one.
    for (let j = piece; j < PIECES; j++) {
      const away = distanceToSegment(points[i], curve[j], curve[j + 1]);
      if (away < best) [best, piece] = [away, j];
    }
    if (best > tolerance) return false;
  }
  return true;
}

/** @param {Point} start @param {Point} control @param {Point} end @returns {Point[]} */
function sample(start, control, end) {
  return Array.from({ length: PIECES + 1 }, (_, i) => {
    const t = i / PIECES;
    const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
    return [a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]];
  });
}

/**
 * Leaves out points that are no news; the last one stays.
 * @param {Point[]} points @param {number} least distance between two
 * @returns {Point[]}
 */
function thin(points, least) {
  const kept = [points[0]];
  for (const point of points) if (distance(point, kept[kept.length - 1]) >= least) kept.push(point);
  const last = points[points.length - 1];
  const end = kept[kept.length - 1];
  if (last[0] === end[0] && last[1] === end[1]) return kept;
  if (kept.length > 1) kept.pop();
  return [...kept, last];
}

/**
 * Evens out the hand's and the screen's grain: each point goes to its neighbours' middle, but not far.
 * @param {Point[]} points @param {number} tolerance @returns {Point[]}
 */
function smooth(points, tolerance) {
  let smoothed = points;
  for (let pass = 0; pass < PASSES; pass++) {
    smoothed = smoothed.map((point, i, all) => {
      if (i === 0 || i === all.length - 1) return point;
      const [before, after] = [all[i - 1], all[i + 1]];
      return toward(points[i], [(before[0] + 2 * point[0] + after[0]) / 4, (before[1] + 2 * point[1] + after[1]) / 4], tolerance);
    });
  }
  return smoothed;
}

/**
 * @param {Point[]} points @param {number} arm
 * @returns {number[]} the places of the corners, both ends among them, ascending
 */
function cornersOf(points, arm) {
  const last = points.length - 1;
  const turns = points.map((_, i) => (i === 0 || i === last ? 1 : cosineAt(points, i, arm)));
  const corners = [0];
  for (let i = 1; i < last; i++) {
    if (turns[i] > CORNER) continue;
    // Of neighbours that all turn, the one that turns most.
    let sharpest = i;
    for (; i < last && turns[i] <= CORNER; i++) if (turns[i] < turns[sharpest]) sharpest = i;
    corners.push(sharpest);
  }
  return last > 0 ? [...corners, last] : corners;
}

/** @param {Point[]} points @param {number} i @param {number} arm @returns {number} 1: straight on, -1: back */
function cosineAt(points, i, arm) {
  const [before, at, after] = [points[reach(points, i, -1, arm)], points[i], points[reach(points, i, 1, arm)]];
  return dot(vector(before, at), vector(at, after)) / (distance(before, at) * distance(at, after) || 1);
}

/** @param {Point[]} points @param {number} i @param {number} arm @returns {Point} the direction there, of length 1 */
function headingAt(points, i, arm) {
  const from = middleOf(points, reach(points, i, -1, arm), Math.max(0, i - 1));
  const to = middleOf(points, Math.min(points.length - 1, i + 1), reach(points, i, 1, arm));
  return along([0, 0], vector(from, to), 1 / (distance(from, to) || 1));
}

/** @param {Point[]} points @param {number} first @param {number} last @returns {Point} */
function middleOf(points, first, last) {
  let [x, y] = [0, 0];
  for (let i = first; i <= last; i++) [x, y] = [x + points[i][0], y + points[i][1]];
  return [x / (last - first + 1), y / (last - first + 1)];
}

/** @param {Point[]} points @param {number} i @param {1 | -1} step @param {number} arm @returns {number} the first point so far away */
function reach(points, i, step, arm) {
  let at = i;
  while (points[at + step] && (at === i || distance(points[at], points[i]) < arm / 2)) at += step;
  return at;
}

/** @param {Point} p @param {Point} a @param {Point} b @returns {number} */
function distanceToSegment(p, a, b) {
  const way = vector(a, b);
  const part = dot(vector(a, p), way) / (dot(way, way) || 1);
  return distance(p, along(a, way, Math.max(0, Math.min(1, part))));
}

/** @param {Point} a @param {Point} b @returns {number} */
function cross(a, b) {
  return a[0] * b[1] - a[1] * b[0];
}

/** @param {Point} a @param {Point} b @returns {number} */
function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1];
}

/** @param {Point} a @param {Point} b @returns {Point} the way from one to the other */
function vector(a, b) {
  return [b[0] - a[0], b[1] - a[1]];
}

/** @param {Point} a @param {Point} b @returns {number} */
function distance(a, b) {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

/** @param {Point} from @param {Point} direction @param {number} length in directions @returns {Point} */
function along(from, direction, length) {
  return [from[0] + direction[0] * length, from[1] + direction[1] * length];
}

/** @param {Point} from @param {Point} to @param {number} most @returns {Point} `to`, or as far towards it as may be */
function toward(from, to, most) {
  return along(from, vector(from, to), Math.min(1, most / (distance(from, to) || 1)));
}

/** @param {number[]} flat @returns {Point[]} */
function pairs(flat) {
  /** @type {Point[]} */
  const points = [];
  for (let i = 0; i + 1 < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
  return points;
}
