// @ts-check
/** Which key does what: for the keyboard, the help sheet and the labels of the buttons alike. Pure. */

import { KEYS } from "./labels.js";

/**
 * @typedef {object} Shortcut
 * @property {string} act
 * @property {string[]} keys "Mod" is Ctrl, or ⌘ on a Mac
 * @property {boolean} [native] the browser tells of it in another way
 */

/** @type {{part: "tools" | "ink" | "view" | "edits", shortcuts: Shortcut[]}[]} */
export const SHEET = [
  {
    part: "tools",
    shortcuts: [
      { act: "select", keys: ["V"] },
      { act: "hand", keys: ["H"] },
      { act: "pen", keys: ["P"] },
      { act: "line", keys: ["L"] },
      { act: "rectangle", keys: ["R"] },
      { act: "ellipse", keys: ["O"] },
      { act: "eraser", keys: ["E"] },
    ],
  },
  {
    part: "ink",
    shortcuts: [
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((key, i) => ({ act: `color-${i}`, keys: [String(key)] })),
      { act: "narrower", keys: ["["] },
      { act: "broader", keys: ["]"] },
    ],
  },
  {
    part: "view",
    shortcuts: [
      { act: "zoom-in", keys: ["Mod++", "Mod+=", "+"] },
      { act: "zoom-out", keys: ["Mod+-", "-"] },
      { act: "zoom-full", keys: ["Mod+0"] },
      { act: "fit", keys: ["Shift+1"] },
      { act: "help", keys: ["?"] },
    ],
  },
  {
    part: "edits",
    shortcuts: [
      { act: "undo", keys: ["Mod+Z"] },
      { act: "redo", keys: ["Mod+Shift+Z", "Mod+Y"] },
      { act: "all", keys: ["Mod+A", "A"] },
      { act: "copy", keys: ["Mod+C"], native: true },
      { act: "cut", keys: ["Mod+X"], native: true },
      { act: "paste", keys: ["Mod+V"], native: true },
      { act: "duplicate", keys: ["Mod+D"] },
      { act: "delete", keys: ["Delete", "Backspace"] },
      { act: "escape", keys: ["Escape"] },
    ],
  },
];

/** @type {Map<string, string>} */
const ACTS = new Map(SHEET.flatMap(({ shortcuts }) => shortcuts.flatMap(({ act, keys, native }) => (native ? [] : keys.map((key) => [key, act])))));

/** @param {KeyboardEvent} event @returns {string | undefined} what it asks for */
export function actOf(event) {
  return ACTS.get(nameOf(event));
}

/** @param {KeyboardEvent} event @returns {string} such as "Mod+Shift+Z" */
function nameOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  // On many keyboards brackets are typed with AltGr, which some systems tell as Ctrl and Alt.
  if (altKey && key.length === 1 && !/[a-z0-9]/i.test(key)) return key;
  if (altKey) return "";
  const mod = ctrlKey || metaKey ? "Mod+" : "";
  const shift = shiftKey ? "Shift+" : "";
  // By place, for on some keyboards digits are typed with Shift.
  if (/^Digit\d$/.test(code)) return key === "?" ? key : mod + shift + code.slice(5);
  if (key.length > 1) return key === "Escape" ? key : mod + shift + key;
  return /[a-z]/i.test(key) ? mod + shift + key.toUpperCase() : mod + key;
}

/** @param {string} act @returns {Shortcut | undefined} */
export function shortcutFor(act) {
  return SHEET.flatMap(({ shortcuts }) => shortcuts).find((shortcut) => shortcut.act === act);
}

/** @param {string} key @param {boolean} mac @returns {string} as people write it */
export function spellKey(key, mac) {
  const parts = key.endsWith("++") ? [...key.slice(0, -2).split("+"), "+"] : key === "+" ? ["+"] : key.split("+");
  return parts.map((part) => (part === "Mod" && mac ? "⌘" : (KEYS[part] ?? part))).join(mac ? " " : "+");
}

/** @param {Shortcut} shortcut @returns {string} as `aria-keyshortcuts` wants it */
export function ariaKeys({ keys }) {
  return keys.flatMap((key) => (key.includes("Mod") ? [key.replace("Mod", "Control"), key.replace("Mod", "Meta")] : [key])).map(ariaKey).join(" ");
}

/** The plus that is a key would be taken for one that joins. @param {string} key @returns {string} */
function ariaKey(key) {
  return key.endsWith("+") ? `${key.slice(0, -1)}Plus` : key;
}
