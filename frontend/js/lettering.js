// @ts-check
/** Puts the words onto the page, and tells on buttons which keys do the same. */

import { findAll } from "./dom.js";
import { ACTS, LANGUAGE, WORDS } from "./labels.js";
import { ariaKeys, keysOf, spellKey } from "./shortcuts.js";
import { wordsForHint } from "./words.js";

const MAC = /Mac|iP(hone|ad|od)/.test(navigator.platform);
/** What is called something when the pointer rests on it. */
const HINTED = "button, a";

/** Letters the whole page. */
export function letter() {
  document.documentElement.lang = LANGUAGE;
  for (const each of findAll("[data-words]")) showWords(each);
  for (const each of findAll("[data-placeholder]")) each.setAttribute("placeholder", wordsOf(each.dataset.placeholder));
  for (const each of findAll("[data-label], [data-tool], [data-act]")) nameElement(each);
}

/** @param {HTMLElement} element shows again what the page began with */
export function showWords(element) {
  element.textContent = wordsOf(element.dataset.words);
}

/** @param {HTMLElement} element @param {string} act what a key does too */
export function tellKey(element, act) {
  const keys = keysOf(act);
  if (!keys.length) return;
  element.setAttribute("aria-keyshortcuts", ariaKeys(keys));
  element.title = wordsForHint(element.getAttribute("aria-label") ?? "", spellKey(keys[0], MAC));
}

/** @param {HTMLElement} element */
function nameElement(element) {
  const { label, tool, act } = element.dataset;
  const words = label ? wordsOf(label) : ACTS[tool ?? act ?? ""];
  element.setAttribute("aria-label", words);
  if (element.matches(HINTED)) element.title = words;
}

/** @param {string | undefined} name @returns {string} */
function wordsOf(name) {
  return WORDS[/** @type {keyof typeof WORDS} */ (name)];
}
