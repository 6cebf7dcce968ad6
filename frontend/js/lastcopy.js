// @ts-check
/** Where a board cannot be opened any more, what was drawn here and not sent can be taken along as a file. */

import { find } from "./dom.js";
import { saveFile } from "./download.js";
import { toSvg } from "./svg.js";
import { wordsForUnsent } from "./words.js";

/** @import { RoomClient } from "./client.js" */

export class LastCopy {
  /** Whether somebody has it as a file: then leaving loses nothing. */
  isTaken = false;
  #roomId;
  #client;

  /** @param {string} roomId @param {RoomClient} client */
  constructor(roomId, client) {
    this.#roomId = roomId;
    this.#client = client;
  }

  /** If there is anything that is nowhere else. */
  offer() {
    const { pending } = this.#client.status();
    const { replica } = this.#client;
    if (!pending || !replica.view.count) return;
    const words = find("#kept", HTMLElement);
    const button = find("#keep", HTMLButtonElement);
    words.textContent = wordsForUnsent(pending);
    words.hidden = button.hidden = find("#door-choice", HTMLElement).hidden = false;
    button.onclick = () => {
      saveFile(`whiteboard-${this.#roomId.slice(0, 8)}.svg`, new Blob([toSvg(replica.view.paths())], { type: "image/svg+xml" }));
      this.isTaken = true;
    };
  }
}
