// @ts-check
/** Where a board cannot be opened any more, what was drawn here and not sent can be taken along as a file. */

import { find } from "./dom.js";
import { saveFile } from "./download.js";
import { toSvg } from "./svg.js";
import { wordsForUnsent } from "./rarewords.js";

/** @import { RoomClient } from "./client.js" */

/**
 * If there is anything that is nowhere else.
 * @param {string} roomId @param {RoomClient} client @param {() => void} taken called when somebody has it as a file
 */
export function offerCopy(roomId, client, taken) {
  const { pending } = client.status();
  const { replica } = client;
  if (!pending || !replica.view.count) return;
  const words = find("#kept");
  const button = find("#keep", HTMLButtonElement);
  words.textContent = wordsForUnsent(pending);
  words.hidden = button.hidden = find("#door-choice").hidden = false;
  button.onclick = () => {
    saveFile(`whiteboard-${roomId.slice(0, 8)}.svg`, new Blob([toSvg(replica.view.paths())], { type: "image/svg+xml" }));
    taken();
  };
}
