// @ts-check
/** Paths as an SVG file, as the server exports them. Pure. */

import { around, boxOfPath, grow } from "./box.js";

/** @import { Box } from "./box.js" */
/** @import { Ink } from "./types.js" */

/** @param {Ink[]} inks @returns {Box | null} */
export function boundsOf(inks) {
  return around(inks.map(({ d, width }) => boxOfPath(d, width / 2)));
}

/** @param {Ink[]} inks @returns {string} shaped as the server's export (H7) */
export function toSvg(inks) {
  const { left, top, right, bottom } = grow(boundsOf(inks) ?? { left: 0, top: 0, right: 100, bottom: 100 }, 0);
  const paths = inks.map(({ d, color, width }) => {
    const opacity = color.length > 7 ? ` stroke-opacity="${(Number.parseInt(color.slice(7), 16) / 255).toFixed(3)}"` : "";
    return `<path d="${d}" stroke="${color.slice(0, 7)}" stroke-width="${width}"${opacity}/>`;
  });
  const size = `viewBox="${left} ${top} ${right - left} ${bottom - top}" width="${right - left}" height="${bottom - top}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} fill="none" stroke-linecap="round" stroke-linejoin="round">${paths.join("")}</svg>`;
}
