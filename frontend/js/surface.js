// @ts-check
/** A canvas that fills the window and is as fine as the screen. */

export class Surface {
  /** Window size in CSS pixels. */
  width = 0;
  height = 0;
  ratio = 1;
  #canvas;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser has no canvas to draw on");
    this.context = context;
  }

  /** Takes the window's size; what was drawn is gone. */
  resize() {
    this.ratio = devicePixelRatio || 1;
    this.width = this.#canvas.clientWidth;
    this.height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.width * this.ratio);
    this.#canvas.height = Math.round(this.height * this.ratio);
  }

  /** @returns {CanvasRenderingContext2D} empty, in CSS pixels of the window */
  blank() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return this.context;
  }
}
