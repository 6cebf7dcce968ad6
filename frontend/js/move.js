// @ts-check
/** Path data moved elsewhere, in the one spelling that is stored (V1). Pure. */

import { LIMIT } from "./wire.js";

const [MINUS, DOT, ZERO, NINE] = [45, 46, 48, 57];
/** Thousandths that a number of so many decimals counts in; V1 allows three. */
const UNITS = [1000, 100, 10, 1];
/** The shortest number is `0` and a separator, the longest `-1000000.001` and one. */
const WORST = 7;

const ascii = new TextDecoder();
/** Where paths are spelled: ten thousand are moved at once. */
let paper = new Uint8Array(16_384);

/**
 * Every number is moved by the same whole count of thousandths, so that the shape stays what it was.
 * @param {string} d canonical path data: absolute pairs throughout
 * @param {number} dx
 * @param {number} dy
 * @returns {string} the same shape elsewhere; canonical too
 */
export function moveOutline(d, dx, dy) {
  if (paper.length < d.length * WORST) paper = new Uint8Array(d.length * WORST);
  let [way, next] = [Math.round(dx * 1000), Math.round(dy * 1000)];
  let length = 0;
  for (let i = 0; i < d.length; ) {
    let code = d.charCodeAt(i);
    if (code !== MINUS && !(code >= ZERO && code <= NINE)) {
      paper[length++] = code;
      i++;
      continue;
    }
    const negative = code === MINUS;
    let value = 0;
    let decimals = 0;
    let fraction = false;
    if (negative) code = d.charCodeAt(++i);
    for (; code === DOT || (code >= ZERO && code <= NINE); code = d.charCodeAt(++i)) {
      if (code === DOT) {
        fraction = true;
        continue;
      }
      value = value * 10 + code - ZERO;
      if (fraction) decimals++;
    }
    value *= UNITS[decimals];
    length = spell((negative ? -value : value) + way, length);
    [way, next] = [next, way];
  }
  return ascii.decode(paper.subarray(0, length));
}

/** @param {number} thousandths @param {number} at where on the paper @returns {number} where it ends */
function spell(thousandths, at) {
  let rest = Math.min(LIMIT * 1000, Math.abs(thousandths));
  if (thousandths < 0) paper[at++] = MINUS;
  let unit = 1000;
  while (unit * 10 <= rest) unit *= 10;
  // Digits before the point all, those behind it as long as they tell something.
  for (; unit >= 1000 || rest; unit /= 10) {
    if (unit === 100) paper[at++] = DOT;
    const digit = Math.floor(rest / unit);
    paper[at++] = ZERO + digit;
    rest -= digit * unit;
  }
  return at;
}
