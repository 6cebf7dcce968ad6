// @ts-check
/** The question before a clear, and the sheet of keys. */

import { find } from "./dom.js";

/** @returns {() => void} shows the sheet; what it says is fetched when it is first needed */
export function makeHelp() {
  const dialog = find("#help-dialog", HTMLDialogElement);
  const sheet = find("#help-sheet");
  find("#help-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  return () => {
    dialog.showModal();
    if (!sheet.childElementCount) void import("./help.js").then(({ fillSheet }) => fillSheet(sheet)).catch(console.warn);
  };
}

/** @param {() => void} clear @returns {() => void} asks first */
export function makeClearQuestion(clear) {
  const dialog = find("#clear-dialog", HTMLDialogElement);
  find("#clear-no", HTMLButtonElement).addEventListener("click", () => dialog.close());
  find("#clear-yes", HTMLButtonElement).addEventListener("click", () => {
    dialog.close();
    clear();
  });
  return () => dialog.showModal();
}
