// @ts-check
/** The form that asks for a name, on the start page and at a room's door. */

import { Closed } from "./closed.js";
import { find } from "./dom.js";
import { WORDS } from "./labels.js";
import { lastName, rememberName } from "./memory.js";
import { reasonFor, wordsForRequest } from "./words.js";

export class NameForm {
  #form = find("#name-form", HTMLFormElement);
  #name = find("#name", HTMLInputElement);
  #enter = find("#enter", HTMLButtonElement);
  #error = find("#error");
  #failed;
  #closed;

  /**
   * @param {(name: string) => Promise<void>} enter fails with what is to be told
   * @param {() => void} [failed] called then
   * @param {Closed} [closed] shown where another name would not help
   */
  constructor(enter, failed = () => {}, closed = new Closed()) {
    this.#failed = failed;
    this.#closed = closed;
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

  /** @param {unknown} error @param {() => void} again where only time helps */
  tell(error, again) {
    console.warn(error);
    this.#failed();
    const reason = reasonFor(error);
    if (reason) this.#closed.show(reason, () => this.#retry(again));
    else this.#closed.hide();
    this.say(reason ? "" : wordsForRequest(error));
  }

  /** The form is there again meanwhile: it shows how far a file is. @param {() => void} again */
  #retry(again) {
    this.#closed.hide();
    again();
  }

  /** @param {(name: string) => Promise<void>} enter */
  async #submit(enter) {
    const name = this.#name.value.trim();
    if (!name) return this.say(WORDS.noName);
    this.say("");
    this.#enter.disabled = true;
    try {
      rememberName(name);
      await enter(name);
    } catch (error) {
      this.tell(error, () => this.#submit(enter));
    } finally {
      this.#enter.disabled = false;
    }
  }
}
