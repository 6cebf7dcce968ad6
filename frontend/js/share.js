// @ts-check
/** Gives the board to others: the invite link to copy, send and scan, and the drawing as a file. */

import { find } from "./dom.js";
import { downloadDrawing } from "./download.js";
import { WORDS } from "./labels.js";
import { wordsForRequest } from "./words.js";

/** White modules around a code, which readers need. */
const RIM = 4;

/**
 * @typedef {object} Giving
 * @property {() => string} link empty if the invite is not known here
 * @property {string} roomId
 * @property {() => string} token
 * @property {(words: string) => void} say
 */

export class Share {
  #dialog = find("#link-dialog", HTMLDialogElement);
  #field = find("#link", HTMLInputElement);
  #code = find("#qr", HTMLCanvasElement);
  #given;

  /** @param {Giving} given */
  constructor(given) {
    this.#given = given;
    const send = find("#send-link", HTMLButtonElement);
    send.hidden = !("share" in navigator);
    send.addEventListener("click", () => void navigator.share({ title: WORDS.invitation, url: given.link() }).catch(() => {}));
    find("#copy-again", HTMLButtonElement).addEventListener("click", () => void this.copy());
    find("#link-close", HTMLButtonElement).addEventListener("click", () => this.#dialog.close());
    for (const button of this.#dialog.querySelectorAll("button[data-download]")) {
      if (button instanceof HTMLButtonElement) button.addEventListener("click", () => void this.#download(button));
    }
  }

  async copy() {
    const link = this.#given.link();
    if (!link) return this.#given.say(WORDS.noLink);
    try {
      await navigator.clipboard.writeText(link);
      this.#dialog.close();
      this.#given.say(WORDS.copied);
    } catch {
      // Plain HTTP, or not allowed: it is copied by hand.
      this.show();
      this.#field.select();
    }
  }

  show() {
    const link = this.#given.link();
    this.#field.value = link;
    find("#link-part", HTMLElement, this.#dialog).hidden = !link;
    find("#link-unknown", HTMLElement, this.#dialog).hidden = Boolean(link);
    if (!this.#dialog.open) this.#dialog.showModal();
    if (link) void this.#showCode(link);
  }

  /** The encoder is fetched when it is first needed: few need it. @param {string} link */
  async #showCode(link) {
    try {
      const { encodeQr } = await import("./qr.js");
      drawCode(this.#code, encodeQr(link));
    } catch (error) {
      // Offline, perhaps: the link itself is there.
      console.warn(error);
      this.#code.hidden = true;
    }
  }

  /** @param {HTMLButtonElement} button */
  async #download(button) {
    const words = find("#download-words");
    const { roomId, token } = this.#given;
    button.disabled = true;
    words.textContent = WORDS.fetching;
    try {
      await downloadDrawing(roomId, token(), button.dataset.download === "png" ? "png" : "svg");
      words.textContent = "";
    } catch (error) {
      console.warn(error);
      words.textContent = wordsForRequest(error);
    } finally {
      button.disabled = false;
    }
  }
}

/** Dark on white whatever the colours of the page: many readers know no other. @param {HTMLCanvasElement} canvas @param {boolean[][]} rows */
function drawCode(canvas, rows) {
  const context = canvas.getContext("2d");
  const size = rows.length + 2 * RIM;
  canvas.hidden = !rows.length;
  canvas.width = canvas.height = size;
  if (!context) return;
  context.fillStyle = "white";
  context.fillRect(0, 0, size, size);
  context.fillStyle = "black";
  rows.forEach((row, y) => row.forEach((dark, x) => dark && context.fillRect(x + RIM, y + RIM, 1, 1)));
}
