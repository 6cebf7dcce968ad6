// @ts-check
/** Rectangles that bound what is drawn. Pure. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const [DOT, MINUS, ZERO, NINE] = [46, 45, 48, 57];

/**
 * Control points bound their curve, so all numbers of the path data may be taken alike. Read by hand: opening a
 * board of ten thousand paths reads five million characters.
 * @param {string} d canonical path data: absolute pairs throughout
 * @param {number} margin half of the stroke's width
 * @returns {Box}
 */
export function boxOfPath(d, margin) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let across = true;
  for (let i = 0; i < d.length; ) {
    let code = d.charCodeAt(i);
    if (code !== MINUS && (code < ZERO || code > NINE)) {
      i++;
      continue;
    }
    const negative = code === MINUS;
    if (negative) code = d.charCodeAt(++i);
    let value = 0;
    let scale = 0;
    for (; code === DOT || (code >= ZERO && code <= NINE); code = d.charCodeAt(++i)) {
      if (code === DOT) scale = 1;
      else {
        value = value * 10 + code - ZERO;
        scale *= 10;
      }
    }
    if (scale) value /= scale;
    if (negative) value = -value;
    if (across) {
      if (value < left) left = value;
      if (value > right) right = value;
    } else {
      if (value < top) top = value;
      if (value > bottom) bottom = value;
    }
    across = !across;
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

/** @param {Box | null} a @param {Box} b @returns {Box} the smallest that holds both */
export function join(a, b) {
  if (!a) return b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
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
