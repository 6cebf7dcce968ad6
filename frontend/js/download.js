// @ts-check
/** Lets the browser save the board as a file. The token goes in a header, so a plain link would not do. */

import { fetchDrawing } from "./api.js";

/** @param {string} roomId @param {string} token @param {"svg" | "png"} kind */
export async function downloadDrawing(roomId, token, kind) {
  const { name, content } = await fetchDrawing(roomId, token, kind);
  saveFile(name, content);
}

/** @param {string} name @param {Blob} content */
export function saveFile(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser reads it after the click returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
