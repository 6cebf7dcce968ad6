// @ts-check
/** Colours: those that are offered for drawing, and those of people. */

/** The buttons of the page stand in this order. The first ten have keys. */
export const COLORS = [
  "#1b1b1f", "#868e96", "#e03131", "#f08c00", "#fcc419", "#2f9e44",
  "#0c8599", "#1971c2", "#6741d9", "#e64980", "#8a5a3b", "#ffffff",
];

/** Degrees of the golden angle: neighbours in number are far apart in hue. */
const GOLDEN = 137.508;

/** @param {number} user @returns {string} a CSS colour, dark enough for white letters */
export function colorOf(user) {
  return `hsl(${Math.round((user * GOLDEN + 210) % 360)} 65% 38%)`;
}
