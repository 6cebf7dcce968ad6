// @ts-check
/** A canvas on which nothing is drawn: it tells whether a place lies on a stroke. */

/** @type {CanvasRenderingContext2D | null} */
let context = null;

/** @returns {CanvasRenderingContext2D} */
export function probe() {
  context ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  context.lineCap = context.lineJoin = "round";
  return context;
}
