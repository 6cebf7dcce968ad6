// @ts-check
/** Reads mouse, pen and touch on the board, and tells drawing from moving about. */

import { leave } from "./tools.js";

/** @import { Stage } from "./stage.js" */
/** @import { Spot, Tool } from "./tools.js" */

/** @typedef {{x: number, y: number, type: string}} Place  in window pixels, and what kind of pointer is there */

const WHEEL_LINE = 16;
const ZOOM_A_PIXEL = 0.0025;
const MIDDLE = 1;
/** Bit of `buttons`: the other end of a stylus. */
const STYLUS_ERASER = 32;
/** So long after a pen was near, what touches the screen is the hand that holds it. */
const PALM_MS = 600;

export class PointerInput {
  /** Whether the space bar turns the pointer into a hand. */
  hand = false;
  /** Told of every press on the board. */
  pressed = () => {};
  #canvas;
  #stage;
  #tools;
  #cursor;
  /** @type {Map<number, Place>} pointers that are down */
  #down = new Map();
  /** @type {Tool | null} */
  #tool = null;
  /** The last event of the tool's gesture. @type {PointerEvent | null} */
  #last = null;
  #panning = false;
  #penSeen = -Infinity;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Stage} stage
   * @param {{chosen: () => Tool | null, eraser: Tool}} tools chosen: null is the hand
   * @param {(place: [number, number] | null) => void} cursor in board units; null: not over the board
   */
  constructor(canvas, stage, tools, cursor) {
    this.#canvas = canvas;
    this.#stage = stage;
    this.#tools = tools;
    this.#cursor = cursor;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#release(event, false));
    canvas.addEventListener("pointercancel", (event) => this.#release(event, true));
    canvas.addEventListener("pointerleave", () => this.#cursor(null));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    for (const kind of /** @type {const} */ (["keydown", "keyup"])) {
      addEventListener(kind, (event) => event.key === "Shift" && !event.repeat && this.#shift(kind === "keydown"));
    }
  }

  /** @returns {boolean} whether a tool is at work */
  get isBusy() {
    return this.#tool !== null;
  }

  /** Gives up what is being done. */
  cancel() {
    this.#tool?.cancel();
    this.#tool = null;
  }

  /** Something else is to be done. */
  leave() {
    if (this.#tool) leave(this.#tool);
    this.#tool = null;
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0 && event.button !== MIDDLE && !(event.buttons & STYLUS_ERASER)) return;
    event.preventDefault();
    if (this.#isPalm(event)) return;
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    this.pressed();
    // The hand touched the screen before the pen did.
    if (event.pointerType === "pen") this.#dropTouches();
    this.#down.set(event.pointerId, placeOf(event));
    const chosen = event.buttons & STYLUS_ERASER ? this.#tools.eraser : this.#tools.chosen();
    if (this.#down.size > 1 || event.button === MIDDLE || this.hand || !chosen) return this.#startPanning();
    this.#tool = chosen;
    this.#last = event;
    this.#tool.down(this.#spot(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (this.#isPalm(event)) return;
    this.#cursor(this.#stage.camera.toBoard(event.clientX, event.clientY));
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    if (this.#panning) return this.#drag(event, before);
    if (!this.#tool) return;
    this.#last = event;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) this.#tool.move(this.#spot(each));
    this.#tool.expect?.((event.getPredictedEvents?.() ?? []).slice(0, 2).map((each) => this.#spot(each)));
  }

  /** @param {PointerEvent} event @param {boolean} lost the browser took it for a gesture of its own */
  #release(event, lost) {
    if (!this.#down.delete(event.pointerId)) return;
    if (!lost) this.#tool?.up();
    else this.leave();
    this.#tool = null;
    if (this.#down.size === 0) this.#panning = false;
    this.#showHand();
  }

  /** @param {PointerEvent} event @returns {boolean} whether it is the hand that holds the pen */
  #isPalm({ pointerType, timeStamp }) {
    if (pointerType === "pen") this.#penSeen = timeStamp;
    if (pointerType !== "touch") return false;
    const penIsDown = [...this.#down.values()].some(({ type }) => type === "pen");
    return penIsDown || timeStamp - this.#penSeen < PALM_MS;
  }

  #dropTouches() {
    for (const [id, { type }] of this.#down) if (type === "touch") this.#down.delete(id);
    this.leave();
    this.#panning = false;
  }

  #startPanning() {
    this.leave();
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
    this.#cursor(camera.toBoard(event.clientX, event.clientY));
  }

  /** Shift counts at once, not only with the next move. @param {boolean} shift */
  #shift(shift) {
    if (this.#tool && this.#last) this.#tool.move({ ...this.#spot(this.#last), shift });
  }

  /** @param {boolean} held */
  holdHand(held) {
    this.hand = held;
    this.#showHand();
  }

  #showHand() {
    this.#canvas.dataset.hand = this.#panning ? "grabbing" : this.hand ? "open" : "";
  }

  /** @param {PointerEvent} event @returns {Spot} */
  #spot(event) {
    const [x, y] = this.#stage.camera.toBoard(event.clientX, event.clientY);
    return { x, y, shift: event.shiftKey, coarse: event.pointerType === "touch" };
  }
}

/** The canvas fills the window, so client coordinates are its own. @param {PointerEvent} event @returns {Place} */
function placeOf(event) {
  return { x: event.clientX, y: event.clientY, type: event.pointerType };
}

/** @param {Place} a @param {Place} b @returns {number} never 0 */
function apart(a, b) {
  return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
}
