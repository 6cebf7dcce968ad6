// @ts-check
/** Reads mouse, pen and touch on the board, and tells drawing from moving about. */

/** @import { Stage } from "./stage.js" */
/** @import { Tool } from "./tools.js" */

/** @typedef {{x: number, y: number}} Place  in window pixels */

const WHEEL_LINE = 16;
const ZOOM_A_PIXEL = 0.0025;
const MIDDLE = 1;
/** Bit of `buttons`: the other end of a stylus. */
const STYLUS_ERASER = 32;

export class PointerInput {
  /** Whether the space bar turns the pointer into a hand. */
  hand = false;
  #canvas;
  #stage;
  #tools;
  #cursor;
  /** @type {Map<number, Place>} pointers that are down */
  #down = new Map();
  /** @type {Tool | null} */
  #tool = null;
  #panning = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Stage} stage
   * @param {{chosen: () => Tool, eraser: Tool}} tools
   * @param {(place: [number, number] | null) => void} cursor in board units; null: not over the board
   */
  constructor(canvas, stage, tools, cursor) {
    this.#canvas = canvas;
    this.#stage = stage;
    this.#tools = tools;
    this.#cursor = cursor;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#release(event));
    canvas.addEventListener("pointercancel", (event) => this.#release(event));
    canvas.addEventListener("pointerleave", () => this.#cursor(null));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0 && event.button !== MIDDLE && !(event.buttons & STYLUS_ERASER)) return;
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, placeOf(event));
    if (this.#down.size > 1) return this.#startPanning();
    if (event.button === MIDDLE || this.hand) return this.#startPanning();
    this.#tool = event.buttons & STYLUS_ERASER ? this.#tools.eraser : this.#tools.chosen();
    this.#tool.down(...this.#toBoard(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    this.#cursor(this.#toBoard(event));
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    if (this.#panning) return this.#drag(event, before);
    if (!this.#tool) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) this.#tool.move(...this.#toBoard(each));
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (!this.#down.delete(event.pointerId)) return;
    this.#tool?.up();
    this.#tool = null;
    if (this.#down.size === 0) this.#panning = false;
    this.#showHand();
  }

  #startPanning() {
    this.#tool?.cancel();
    this.#tool = null;
    this.#panning = true;
    this.#showHand();
  }

  /** One pointer moves the board, two also zoom it. @param {PointerEvent} event @param {Place} before */
  #drag(event, before) {
    const now = placeOf(event);
    const { camera } = this.#stage;
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    this.#down.set(event.pointerId, now);
    // With two fingers each moves the middle between them by half of its own way.
    const share = other ? 0.5 : 1;
    camera.pan((now.x - before.x) * share, (now.y - before.y) * share);
    if (other) camera.zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, apart(now, other) / apart(before, other));
    this.#stage.request();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_LINE;
    const { camera } = this.#stage;
    // A trackpad's pinch arrives as a wheel with Ctrl.
    if (event.ctrlKey || event.metaKey) camera.zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY * unit * ZOOM_A_PIXEL));
    else if (event.shiftKey && !event.deltaX) camera.pan(-event.deltaY * unit, 0);
    else camera.pan(-event.deltaX * unit, -event.deltaY * unit);
    this.#stage.request();
    this.#cursor(this.#toBoard(event));
  }

  /** @param {boolean} held */
  holdHand(held) {
    this.hand = held;
    this.#showHand();
  }

  #showHand() {
    this.#canvas.dataset.hand = this.#panning ? "grabbing" : this.hand ? "open" : "";
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  #toBoard(event) {
    return this.#stage.camera.toBoard(event.clientX, event.clientY);
  }
}

/** The canvas fills the window, so client coordinates are its own. @param {MouseEvent} event @returns {Place} */
function placeOf(event) {
  return { x: event.clientX, y: event.clientY };
}

/** @param {Place} a @param {Place} b @returns {number} never 0 */
function apart(a, b) {
  return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
}
