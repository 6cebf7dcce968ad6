// @ts-check
/** Rectangles that bound what is drawn. Pure. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const [MINUS, DOT, ZERO, NINE] = [45, 46, 48, 57];
/** What digits after the point are divided by; V1 allows three. */
const POWERS = [1, 10, 100, 1000];

/**
 * Control points bound their curve, so all numbers of the path data may be taken alike. Read by hand: opening a
 * board of ten thousand paths reads some ten million characters.
 * @param {string} d canonical path data: absolute pairs throughout
 * @param {number} margin half of the stroke's width
 * @returns {Box}
 */
export function boxOfPath(d, margin) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let across = true;
  let value = 0;
  let decimals = -1;
  let negative = false;
  let inside = false;
  for (let i = 0; i <= d.length; i++) {
    const code = i < d.length ? d.charCodeAt(i) : 0;
    if (code >= ZERO && code <= NINE) {
      value = value * 10 + code - ZERO;
      if (decimals >= 0) decimals++;
      inside = true;
      continue;
    }
    if (code === DOT) {
      decimals = 0;
      continue;
    }
    if (inside) {
      if (decimals > 0) value /= POWERS[decimals];
      if (negative) value = -value;
      if (across) {
        if (value < left) left = value;
        if (value > right) right = value;
      } else {
        if (value < top) top = value;
        if (value > bottom) bottom = value;
      }
      across = !across;
      value = 0;
      decimals = -1;
      inside = false;
    }
    negative = code === MINUS;
  }
  return { left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin };
}

/** @param {Box} box @param {number} margin @returns {Box} */
export function grow(box, margin) {
  return { left: box.left - margin, top: box.top - margin, right: box.right + margin, bottom: box.bottom + margin };
}

/** @param {Box} a @param {Box} b @returns {boolean} */
export function meet(a, b) {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}

/** @param {Iterable<Box>} boxes @returns {Box | null} the smallest that holds all; null if there are none */
export function around(boxes) {
  const all = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { left, top, right, bottom } of boxes) {
    all.left = Math.min(all.left, left);
    all.top = Math.min(all.top, top);
    all.right = Math.max(all.right, right);
    all.bottom = Math.max(all.bottom, bottom);
  }
  return all.left <= all.right ? all : null;
}

/** @param {Box} a @param {Box} b @returns {Box | null} what both hold, null if that is nothing */
export function common(a, b) {
  const box = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
  return box.left < box.right && box.top < box.bottom ? box : null;
}

/** @param {Box} box @param {number} x @param {number} y @returns {boolean} */
export function holds(box, x, y) {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

/** @param {Box} outer @param {Box} inner @returns {boolean} whether inner lies in outer altogether */
export function encloses(outer, inner) {
  return outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom;
}
