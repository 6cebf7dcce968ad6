// @ts-check
/** The colours of people. */

/** Degrees of the golden angle: neighbours in number are far apart in hue. */
const GOLDEN = 137.508;

/** @param {number} user @returns {string} a CSS colour, dark enough for white letters */
export function colorOf(user) {
  return `hsl(${Math.round((user * GOLDEN + 210) % 360)} 65% 38%)`;
}
