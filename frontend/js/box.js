// @ts-check
/** Rectangles that bound what is drawn. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const NUMBER = /-?\d+(?:\.\d+)?/g;

/**
 * Control points bound their curve, so all numbers of the path data may be taken alike.
 * @param {string} d canonical path data: absolute pairs throughout
 * @param {number} margin half of the stroke's width
 * @returns {Box}
 */
export function boxOfPath(d, margin) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  let across = true;
  for (const [text] of d.matchAll(NUMBER)) {
    const value = Number(text);
    if (across) {
      box.left = Math.min(box.left, value);
      box.right = Math.max(box.right, value);
    } else {
      box.top = Math.min(box.top, value);
      box.bottom = Math.max(box.bottom, value);
    }
    across = !across;
  }
  return grow(box, margin);
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

/** @param {Box} box @param {number} x @param {number} y @returns {boolean} */
export function holds(box, x, y) {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}
