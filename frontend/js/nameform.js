// @ts-check
/** The form that asks for a name, on the start page and at a room's door. */

import { find } from "./dom.js";
import { lastName, rememberName } from "./memory.js";
import { wordsForRequest } from "./words.js";

export class NameForm {
  #form = find("#name-form", HTMLFormElement);
  #name = find("#name", HTMLInputElement);
  #enter = find("#enter", HTMLButtonElement);
  #error = find("#error", HTMLElement);
  #failed;

  /**
   * @param {(name: string) => Promise<void>} enter fails with what is to be told
   * @param {() => void} [failed] called then
   */
  constructor(enter, failed = () => {}) {
    this.#failed = failed;
    this.#name.value = lastName();
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(enter);
    });
  }

  /** Puts the caret into the field, for typing at once. */
  focus() {
    this.#name.focus();
    this.#name.select();
  }

  /** @param {string} words empty: nothing is wrong */
  say(words) {
    this.#error.textContent = words;
    this.#error.hidden = !words;
  }

  /** @param {(name: string) => Promise<void>} enter */
  async #submit(enter) {
    const name = this.#name.value.trim();
    if (!name) return this.say("Type a name first: the others see it beside your cursor.");
    this.say("");
    this.#enter.disabled = true;
    try {
      rememberName(name);
      await enter(name);
    } catch (error) {
      console.warn(error);
      this.#failed();
      this.say(wordsForRequest(error));
    } finally {
      this.#enter.disabled = false;
    }
  }
}
