// @ts-check
/** Reads what is pasted. */

import { isCanonicalPath } from "./canonical.js";

/** @import { Ink } from "./types.js" */

const COLOR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/;

/** Another page may have put anything there. @param {string} text @returns {Ink[]} */
export function readInks(text) {
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isInk) : [];
  } catch {
    return [];
  }
}

/** @param {any} value @returns {value is Ink} */
function isInk(value) {
  if (typeof value?.d !== "string" || typeof value.color !== "string" || typeof value.width !== "number") return false;
  const width = value.width >= 0.01 && value.width <= 1000 && Number(value.width.toFixed(3)) === value.width;
  const alpha = value.color.slice(7);
  return width && COLOR.test(value.color) && alpha !== "00" && alpha !== "ff" && isCanonicalPath(value.d);
}
