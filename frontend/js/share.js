// @ts-check
/** Copies the invite link. */

import { find } from "./dom.js";

/** Shows the link for copying by hand where the page may not write to the clipboard (plain HTTP). */
export class Share {
  #dialog = find("#link-dialog", HTMLDialogElement);
  #field = find("#link", HTMLInputElement);

  /** @param {() => string} link @param {(words: string) => void} say */
  constructor(link, say) {
    find("#copy-link", HTMLButtonElement).addEventListener("click", () => void this.#copy(link(), say));
    find("#link-close", HTMLButtonElement).addEventListener("click", () => this.#dialog.close());
  }

  /** @param {string} link @param {(words: string) => void} say */
  async #copy(link, say) {
    if (!link) return say("The invite link is not known on this device. Ask whoever invited you.");
    try {
      await navigator.clipboard.writeText(link);
      say("Invite link copied. Whoever opens it can draw here.");
    } catch {
      this.#field.value = link;
      this.#dialog.showModal();
      this.#field.select();
    }
  }
}
