// @ts-check
/** The colours of people. */

import { fnv1a } from "./fnv.js";

/** @param {string} name @returns {string} a CSS colour that stays with the name, dark enough for white letters in every hue */
export function colorOf(name) {
  return `oklch(0.5 0.13 ${fnv1a(name) % 360})`;
}
