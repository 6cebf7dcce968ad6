// @ts-check
/** Colours: those that are offered for drawing, and those of people. */

import { fnv1a } from "./fnv.js";

/** The buttons of the page stand in this order. The first ten have keys. */
export const COLORS = [
  "#1b1b1f", "#868e96", "#e03131", "#f08c00", "#fcc419", "#2f9e44",
  "#0c8599", "#1971c2", "#6741d9", "#e64980", "#8a5a3b", "#ffffff",
];

/** @param {string} name @returns {string} a CSS colour that stays with the name, dark enough for white letters in every hue */
export function colorOf(name) {
  return `oklch(0.5 0.13 ${fnv1a(name) % 360})`;
}
