// @ts-check
/** Which key does what: for the keyboard, the help sheet and the labels of the buttons alike. Pure. */

import { KEYS } from "./labels.js";

/** By the part of the sheet, and by act: keys of which each does it. "Mod" is Ctrl, or ⌘ on a Mac. @type {Record<string, Record<string, string>>} */
export const SHEET = {
  tools: { select: "V", hand: "H", pen: "P", line: "L", rectangle: "R", ellipse: "O", eraser: "E" },
  ink: { ...Object.fromEntries([..."1234567890"].map((key, i) => [`color-${i}`, key])), narrower: "[", broader: "]" },
  view: { "zoom-in": "Mod++ Mod+= +", "zoom-out": "Mod+- -", "zoom-full": "Mod+0", fit: "Shift+1", help: "?" },
  edits: {
    undo: "Mod+Z",
    redo: "Mod+Shift+Z Mod+Y",
    all: "Mod+A A",
    copy: "Mod+C",
    cut: "Mod+X",
    paste: "Mod+V",
    duplicate: "Mod+D",
    delete: "Delete Backspace",
    escape: "Escape",
  },
};
/** The browser tells of these in another way. */
const NATIVE = ["copy", "cut", "paste"];

/** @type {[string, string[]][]} */
const SHORTCUTS = Object.values(SHEET).flatMap((part) => Object.entries(part).map(([act, keys]) => /** @type {[string, string[]]} */ ([act, keys.split(" ")])));
const KEYS_OF = new Map(SHORTCUTS);
const ACTS = new Map(SHORTCUTS.flatMap(([act, keys]) => (NATIVE.includes(act) ? [] : keys.map((key) => [key, act]))));

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

/** @param {string} act @returns {string[]} none if no key does it */
export function keysOf(act) {
  return KEYS_OF.get(act) ?? [];
}

/** @param {string} key @param {boolean} mac @returns {string} as people write it */
export function spellKey(key, mac) {
  const parts = key.endsWith("++") ? [...key.slice(0, -2).split("+"), "+"] : key === "+" ? ["+"] : key.split("+");
  return parts.map((part) => (part === "Mod" && mac ? "⌘" : (KEYS[part] ?? part))).join(mac ? " " : "+");
}

/** @param {string[]} keys @returns {string} as `aria-keyshortcuts` wants them */
export function ariaKeys(keys) {
  return keys.flatMap((key) => (key.includes("Mod") ? [key.replace("Mod", "Control"), key.replace("Mod", "Meta")] : [key])).map(ariaKey).join(" ");
}

/** The plus that is a key would be taken for one that joins. @param {string} key @returns {string} */
function ariaKey(key) {
  return key.endsWith("+") ? `${key.slice(0, -1)}Plus` : key;
}
