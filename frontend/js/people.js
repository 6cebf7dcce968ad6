// @ts-check
/** The list of who is here. */

import { find } from "./dom.js";
import { colorOf } from "./palette.js";

/** @import { Presence } from "./presence.js" */

/** With more people than this the list folds itself. */
const FEW = 6;
/** A longer list helps nobody and costs the page its speed. */
const MOST = 100;

export class People {
  #panel = find("#people", HTMLDetailsElement);
  #count = find("#people-count", HTMLElement);
  #list = find("#people-list", HTMLElement);
  #touched = false;
  #shown = "";

  constructor() {
    find("summary", HTMLElement, this.#panel).addEventListener("click", () => (this.#touched = true));
  }

  /** @param {Presence} presence */
  show({ user, users }) {
    const rest = [...users].filter(([id]) => id !== user).sort((a, b) => a[0] - b[0]);
    const own = users.get(user);
    /** @type {[number, string][]} */
    const all = own === undefined ? rest : [[user, own], ...rest];
    const key = JSON.stringify([user, all.length, all.slice(0, MOST)]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#count.textContent = all.length === 1 ? "Only you" : `${all.length} here`;
    this.#list.replaceChildren(...all.slice(0, MOST).map(([id, name]) => item(id, name, id === user)), ...more(all.length - MOST));
    if (!this.#touched) this.#panel.open = all.length <= FEW && matchMedia("(min-width: 720px)").matches;
  }
}

/** @param {number} user @param {string} name @param {boolean} self @returns {HTMLLIElement} */
function item(user, name, self) {
  const line = document.createElement("li");
  const dot = document.createElement("span");
  const label = document.createElement("span");
  line.dataset.user = String(user);
  dot.className = "dot";
  dot.style.setProperty("background", colorOf(user));
  label.className = "person";
  label.textContent = self ? `${name} (you)` : name;
  // A long name is cut off.
  label.title = name;
  line.append(dot, label);
  return line;
}

/** @param {number} count @returns {HTMLLIElement[]} */
function more(count) {
  if (count <= 0) return [];
  const line = document.createElement("li");
  line.textContent = `and ${count} more`;
  return [line];
}
