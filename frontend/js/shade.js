// @ts-check
/**
 * How colours are shown on dark paper. Greys turn over, as the paper does: black ink is white there. What has a hue
 * keeps it and becomes as light as it needs to be: red stays red, yellow stays yellow. What is stored, and what others
 * see in the light, does not change. Pure.
 *
 * Oklab: https://bottosson.github.io/posts/oklab/
 */

/** @typedef {[number, number, number]} Triple */

/** Lightness in Oklab of the papers, as the style sheet has them, and of the blackest ink that is offered on each. */
const PAPER = { light: 0.993, dark: 0.235 };
const BLACK = { light: 0.22, dark: 0.95 };
/** From this chroma on a colour is no grey. */
const COLOURFUL = 0.1;

/** @type {Map<string, string>} */
const known = new Map();

/** @param {string} color `#rrggbb` or `#rrggbbaa` @returns {string} the like on dark paper */
export function onDarkPaper(color) {
  const found = known.get(color);
  if (found) return found;
  const shown = `#${toHex(toDark(toOklab(fromHex(color))))}${color.slice(7)}`;
  if (known.size > 5_000) known.clear();
  known.set(color, shown);
  return shown;
}

/** @param {Triple} oklab @returns {Triple} sRGB from 0 to 1 */
function toDark([lightness, a, b]) {
  const turned = PAPER.dark + ((PAPER.light - lightness) / (PAPER.light - BLACK.light)) * (BLACK.dark - PAPER.dark);
  const lifted = 0.32 + 0.6 * Math.max(0.45, lightness);
  const hue = Math.min(1, Math.hypot(a, b) / COLOURFUL);
  const shown = Math.max(0, Math.min(1, turned + (lifted - turned) * hue));
  // Not every hue is to be had at every lightness: less of it, until a screen can show it.
  for (let chroma = 1; chroma > 0; chroma -= 0.05) {
    const rgb = fromOklab([shown, a * chroma, b * chroma]);
    if (rgb.every((value) => value > -0.002 && value < 1.002)) return rgb;
  }
  return fromOklab([shown, 0, 0]);
}

/** @param {string} color @returns {Triple} */
function fromHex(color) {
  /** @param {number} at */
  const part = (at) => Number.parseInt(color.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

/** @param {Triple} rgb @returns {string} */
function toHex(rgb) {
  return rgb.map((value) => Math.round(Math.max(0, Math.min(1, value)) * 255).toString(16).padStart(2, "0")).join("");
}

/** @param {Triple} rgb @returns {Triple} */
function toOklab(rgb) {
  const [r, g, b] = rgb.map((value) => (value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {Triple} oklab @returns {Triple} */
function fromOklab([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const [red, green, blue] = linear.map((value) => (value > 0.0031308 ? 1.055 * Math.max(0, value) ** (1 / 2.4) - 0.055 : value * 12.92));
  return [red, green, blue];
}
