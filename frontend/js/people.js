// @ts-check
/** The list of who is here. */

import { find } from "./dom.js";
import { colorOf } from "./palette.js";
import { wordsForCount, wordsForFollow, wordsForMore, wordsForSelf } from "./words.js";

/** @import { Presence } from "./presence.js" */

/** With more people than this the list folds itself. */
const FEW = 6;
/** Where the list lies over the board instead of beside it. */
const NARROW = matchMedia("(max-width: 767px)");
/** With more than this one looks for somebody by name. */
const MANY = 20;
/** A longer list helps nobody and costs the page its speed. */
const MOST = 100;

export class People {
  #panel = find("#people", HTMLDetailsElement);
  #count = find("#people-count");
  #list = find("#people-list");
  #search = find("#people-search", HTMLInputElement);
  /** Who is here, oneself first. @type {[number, string][]} */
  #all = [];
  #self = 0;
  #touched = false;
  #shown = "";
  #followed = 0;
  #follow;

  /** @param {(user: number) => void} follow somebody, 0 for nobody any more */
  constructor(follow) {
    this.#follow = follow;
    this.#list.addEventListener("click", ({ target }) => {
      const user = target instanceof Element ? Number(target.closest("button")?.dataset.user) : 0;
      if (!user) return;
      follow(user === this.#followed ? 0 : user);
      this.fold();
    });
    this.#search.addEventListener("input", () => this.#fill());
    find("summary", HTMLElement, this.#panel).addEventListener("click", () => (this.#touched = true));
  }

  /** Gives the board back what the list lies over. */
  fold() {
    if (!NARROW.matches || !this.#panel.open) return;
    if (this.#panel.contains(document.activeElement)) find("summary", HTMLElement, this.#panel).focus();
    this.#panel.open = false;
  }

  /** @param {number} user who is followed, 0: nobody */
  mark(user) {
    this.#followed = user;
    for (const button of this.#list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(Number(button.dataset.user) === user));
  }

  /** @param {Presence} presence */
  show({ user, users }) {
    const rest = [...users].filter(([id]) => id !== user).sort((a, b) => a[0] - b[0]);
    const own = users.get(user);
    this.#self = user;
    this.#all = own === undefined ? rest : [[user, own], ...rest];
    const { length } = this.#all;
    if (this.#followed && !users.has(this.#followed)) this.#follow(0);
    this.#count.textContent = wordsForCount(length);
    this.#count.dataset.count = String(length);
    this.#search.hidden = length <= MANY;
    if (this.#search.hidden) this.#search.value = "";
    this.#fill();
    if (!this.#touched) this.#panel.open = length <= FEW && !NARROW.matches;
  }

  /** Lists those whose names hold what is looked for. */
  #fill() {
    const wanted = this.#search.value.trim().toLowerCase();
    const found = this.#all.filter(([, name]) => name.toLowerCase().includes(wanted));
    const listed = found.slice(0, MOST);
    const key = JSON.stringify([this.#self, found.length, listed]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#list.replaceChildren(...listed.map(([id, name]) => item(id, name, id === this.#self)), ...more(found.length - MOST));
    this.mark(this.#followed);
  }
}

/** @param {number} user @param {string} name @param {boolean} self @returns {HTMLLIElement} */
function item(user, name, self) {
  const line = document.createElement("li");
  const whole = document.createElement(self ? "span" : "button");
  const dot = document.createElement("span");
  const label = document.createElement("span");
  line.dataset.user = String(user);
  dot.className = "dot";
  dot.style.setProperty("background", colorOf(name));
  label.className = "person";
  label.textContent = self ? wordsForSelf(name) : name;
  // A long name is cut off.
  label.title = name;
  whole.className = "who";
  whole.dataset.user = String(user);
  if (whole instanceof HTMLButtonElement) {
    whole.type = "button";
    whole.setAttribute("aria-label", wordsForFollow(name, true));
  }
  whole.append(dot, label);
  line.append(whole);
  return line;
}

/** @param {number} count @returns {HTMLLIElement[]} */
function more(count) {
  if (count <= 0) return [];
  const line = document.createElement("li");
  line.textContent = wordsForMore(count);
  return [line];
}
