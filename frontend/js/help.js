// @ts-check
/** The sheet that tells all keys. */

import { ACTS } from "./labels.js";
import { COLOR_KEYS, MORE, PARTS } from "./rarewords.js";
import { keysOf, SHEET, spellKey } from "./shortcuts.js";

const MAC = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** @param {HTMLElement} sheet empty */
export function fillSheet(sheet) {
  sheet.append(...Object.entries(SHEET).map(toSection), section(PARTS.more, MORE));
}

/** @param {[string, object]} part @returns {HTMLElement} */
function toSection([part, acts]) {
  const told = Object.keys(acts).filter((act) => ACTS[act]);
  return section(PARTS[part], told.map((act) => [act === "color-0" ? COLOR_KEYS : spellKey(keysOf(act)[0], MAC), ACTS[act]]));
}

/** @param {string} title @param {string[][]} lines keys and what they do @returns {HTMLElement} */
function section(title, lines) {
  const part = document.createElement("section");
  const heading = document.createElement("h3");
  const list = document.createElement("dl");
  heading.textContent = title;
  for (const [keys, words] of lines) {
    const line = document.createElement("div");
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = words;
    const key = document.createElement("kbd");
    key.textContent = keys;
    text.append(key);
    line.append(term, text);
    list.append(line);
  }
  part.append(heading, list);
  return part;
}
