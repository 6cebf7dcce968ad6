// @ts-check
/** Which key does what: for the keyboard, the help sheet and the labels of the buttons alike. Pure. */

/**
 * @typedef {object} Shortcut
 * @property {string} act
 * @property {string[]} keys "Mod" is Ctrl, or ⌘ on a Mac
 * @property {string} words
 * @property {boolean} [native] the browser tells of it in another way
 */

/** @type {{title: string, shortcuts: Shortcut[]}[]} */
export const SHEET = [
  {
    title: "Tools",
    shortcuts: [
      { act: "select", keys: ["V"], words: "Select" },
      { act: "hand", keys: ["H"], words: "Move about" },
      { act: "pen", keys: ["P"], words: "Pen" },
      { act: "line", keys: ["L"], words: "Line" },
      { act: "rectangle", keys: ["R"], words: "Rectangle" },
      { act: "ellipse", keys: ["O"], words: "Ellipse" },
      { act: "eraser", keys: ["E"], words: "Eraser" },
    ],
  },
  {
    title: "Ink",
    shortcuts: [
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((key, i) => ({ act: `color-${i}`, keys: [String(key)], words: i ? "" : "The first ten colours" })),
      { act: "narrower", keys: ["["], words: "Narrower" },
      { act: "broader", keys: ["]"], words: "Broader" },
    ],
  },
  {
    title: "View",
    shortcuts: [
      { act: "zoom-in", keys: ["Mod++", "Mod+=", "+"], words: "Zoom in" },
      { act: "zoom-out", keys: ["Mod+-", "-"], words: "Zoom out" },
      { act: "zoom-full", keys: ["Mod+0"], words: "Full size" },
      { act: "fit", keys: ["Shift+1"], words: "Show the whole drawing" },
      { act: "help", keys: ["?"], words: "This sheet" },
    ],
  },
  {
    title: "Edits",
    shortcuts: [
      { act: "undo", keys: ["Mod+Z"], words: "Undo" },
      { act: "redo", keys: ["Mod+Shift+Z", "Mod+Y"], words: "Redo" },
      { act: "all", keys: ["Mod+A", "A"], words: "Select all" },
      { act: "copy", keys: ["Mod+C"], words: "Copy", native: true },
      { act: "cut", keys: ["Mod+X"], words: "Cut", native: true },
      { act: "paste", keys: ["Mod+V"], words: "Paste", native: true },
      { act: "duplicate", keys: ["Mod+D"], words: "Duplicate" },
      { act: "delete", keys: ["Delete", "Backspace"], words: "Delete what is selected" },
      { act: "escape", keys: ["Escape"], words: "Give up, or select nothing" },
    ],
  },
];

/** Keys and gestures that are no single command. */
export const MORE = {
  title: "Without a mouse",
  lines: [
    ["Arrow keys", "Move the cross, or what is selected; with Shift finely"],
    ["Space or Enter", "At the cross: pen down, pen up"],
    ["Hold Space and drag", "Move about"],
    ["Hold Shift", "Lines in steps of 15°, squares, circles; or move straight"],
  ],
};

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
  return parts.map((part) => (part === "Mod" ? (mac ? "⌘" : "Ctrl") : part === "Escape" ? "Esc" : part)).join(mac ? " " : "+");
}

/** @param {Shortcut} shortcut @returns {string} as `aria-keyshortcuts` wants it */
export function ariaKeys({ keys }) {
  return keys.flatMap((key) => (key.includes("Mod") ? [key.replace("Mod", "Control"), key.replace("Mod", "Meta")] : [key])).map(ariaKey).join(" ");
}

/** The plus that is a key would be taken for one that joins. @param {string} key @returns {string} */
function ariaKey(key) {
  return key.endsWith("+") ? `${key.slice(0, -1)}Plus` : key;
}
