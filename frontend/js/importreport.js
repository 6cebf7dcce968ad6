// @ts-check
/** Tells once, on the board itself, what of an imported file came in and what did not. */

import { find } from "./dom.js";
import { wordsForImport, wordsForSkipped } from "./rarewords.js";

/** @import { ImportReport } from "./creating.js" */

/** @param {ImportReport} report */
export function showImportReport(report) {
  const panel = find("#report");
  find("#report-words").textContent = wordsForImport(report);
  const lines = report.skipped.map((one) => {
    const line = document.createElement("li");
    line.textContent = wordsForSkipped(one);
    return line;
  });
  find("#report-list").replaceChildren(...lines);
  find("#report-close", HTMLButtonElement).addEventListener("click", () => (panel.hidden = true));
  panel.hidden = false;
}
