// @ts-check
/** Whether path data has the one spelling of the wire (V1). */

import { LIMIT } from "./wire.js";

const NUMBER = "-?(?:0|[1-9]\\d{0,6})(?:\\.\\d{0,2}[1-9])?";
const PAIR = `${NUMBER} ${NUMBER}`;
const SEGMENT = `(?:L${PAIR}|Q${PAIR} ${PAIR}|C${PAIR} ${PAIR} ${PAIR})`;
// Sticky, segment by segment: one expression over a path of megabytes may exhaust the engine's stack.
const START = new RegExp(`M${PAIR}`, "y");
const NEXT = new RegExp(SEGMENT, "y");
const NUMBERS = new RegExp(NUMBER, "g");

/**
 * @param {string} d
 * @returns {boolean} whether `d` is spelled as V1 wants it
 */
export function isCanonicalPath(d) {
  let at = 0;
  while (at < d.length) {
    const end = endOfSubpath(d, at);
    if (end < 0) return false;
    at = end;
  }
  return at > 0 && numbersFit(d);
}

/**
 * @param {string} d
 * @param {number} at
 * @returns {number} where the subpath that begins at `at` ends, or -1 if none does
 */
function endOfSubpath(d, at) {
  const start = match(START, d, at);
  if (start < 0) return -1;
  let end = start;
  for (let next = match(NEXT, d, end); next >= 0; next = match(NEXT, d, end)) end = next;
  if (d[end] === "Z") return end + 1;
  return end > start ? end : -1;
}

/**
 * @param {RegExp} expression sticky
 * @param {string} d
 * @param {number} at
 * @returns {number} the place after the match, or -1
 */
function match(expression, d, at) {
  expression.lastIndex = at;
  return expression.test(d) ? expression.lastIndex : -1;
}

/** @param {string} d @returns {boolean} */
function numbersFit(d) {
  for (const [text] of d.matchAll(NUMBERS)) {
    if (Math.abs(Number(text)) > LIMIT) return false;
    if (text === "-0") return false;
  }
  return true;
}
