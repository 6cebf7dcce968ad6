// @ts-check
/** Draws by keyboard: a cross that the arrow keys move, and a pen that space or Enter put down and lift. */

import { leave } from "./tools.js";
import { wordsForCross } from "./words.js";

/** @import { Selection } from "./selection.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Spot, Tool } from "./tools.js" */

/** In window pixels; the second with Shift. */
const STEPS = [10, 1];
/** The cross stays so far from the window's edge: the board moves instead. */
const MARGIN = 60;
/** Where the cross is, is read aloud when it has rested. */
const REST_MS = 700;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class KeyPen {
  #stage;
  #tools;
  #selection;
  #cursor;
  #say;
  /** The tool that is at work. @type {Tool | null} */
  #down = null;
  /** Whether what is drawn is straight, square, round. */
  #shift = false;
  /** @type {number | undefined} */
  #resting;

  /**
   * @param {Stage} stage
   * @param {{chosen: () => Tool | null, selects: () => boolean}} tools
   * @param {Selection} selection
   * @param {(place: [number, number] | null) => void} cursor in board units
   * @param {(words: string) => void} say aloud
   */
  constructor(stage, tools, selection, cursor, say) {
    this.#stage = stage;
    this.#tools = tools;
    this.#selection = selection;
    this.#cursor = cursor;
    this.#say = say;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was meant for this */
  take({ key, shiftKey, ctrlKey, metaKey, altKey, repeat }) {
    if (ctrlKey || metaKey || altKey) return false;
    const arrow = ARROWS[key];
    if (arrow) this.#arrow(arrow[0] * STEPS[Number(shiftKey)], arrow[1] * STEPS[Number(shiftKey)]);
    else if (key === "Enter" && !this.#stage.live.crosshair) this.show();
    else if ((key === "Enter" || key === " ") && this.#stage.live.crosshair) !repeat && this.#press(shiftKey);
    else if (key === "Escape" && this.#stage.live.crosshair) this.#giveUp();
    else return false;
    return true;
  }

  /** Shows the cross, in the window's middle if it is nowhere. */
  show() {
    if (this.#stage.live.crosshair) return;
    this.#moveTo(this.#stage.camera.toBoard(...this.#stage.middle));
  }

  hide() {
    if (!this.#stage.live.crosshair) return;
    this.#lift(leave, "up");
    this.#stage.live.crosshair = null;
    clearTimeout(this.#resting);
    this.#cursor(null);
    this.#stage.request();
  }

  /** @param {number} dx @param {number} dy in window pixels */
  #arrow(dx, dy) {
    const { camera, live } = this.#stage;
    const chosen = this.#tools.chosen();
    if (!chosen) return this.#pan(-dx * 4, -dy * 4);
    if (!this.#down && this.#tools.selects() && this.#selection.size) return this.#selection.move(dx / camera.zoom, dy / camera.zoom, "nudge");
    if (!live.crosshair) return this.show();
    this.#moveTo([live.crosshair[0] + dx / camera.zoom, live.crosshair[1] + dy / camera.zoom]);
  }

  /** @param {[number, number]} place in board units */
  #moveTo(place) {
    const { camera, live, size } = this.#stage;
    live.crosshair = place;
    const [x, y] = camera.toWindow(...place);
    this.#pan(beyond(x, size.width), beyond(y, size.height));
    this.#cursor(place);
    this.#down?.move(this.#spot());
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#say(wordsForCross(...place, "at")), REST_MS);
  }

  /** @param {number} dx @param {number} dy */
  #pan(dx, dy) {
    this.#stage.camera.pan(dx, dy);
    this.#stage.request();
  }

  /** Arrows take Shift for finer steps, so it counts with what puts the pen down, or lifts it. @param {boolean} shift */
  #press(shift) {
    this.#shift = shift || (this.#down !== null && this.#shift);
    if (this.#down) {
      this.#down.move(this.#spot());
      return this.#lift((tool) => tool.up(), "up");
    }
    this.#down = this.#tools.chosen();
    this.#down?.down(this.#spot());
    this.#tell("down");
  }

  /** @param {(tool: Tool) => void} end @param {"up" | "away"} what is said */
  #lift(end, what) {
    const tool = this.#down;
    this.#down = null;
    if (!tool) return;
    end(tool);
    this.#tell(what);
  }

  #giveUp() {
    if (this.#down) this.#lift((tool) => tool.cancel(), "away");
    else this.hide();
  }

  /** @param {"down" | "up" | "away"} what */
  #tell(what) {
    clearTimeout(this.#resting);
    this.#stage.request();
    const { crosshair } = this.#stage.live;
    if (crosshair) this.#say(wordsForCross(...crosshair, what));
  }

  /** @returns {Spot} */
  #spot() {
    const [x, y] = this.#stage.live.crosshair ?? [0, 0];
    return { x, y, shift: this.#shift, coarse: false };
  }
}

/** @param {number} place @param {number} length of the window @returns {number} how far the board must move */
function beyond(place, length) {
  const margin = Math.min(MARGIN, length / 4);
  if (place < margin) return margin - place;
  return place > length - margin ? length - margin - place : 0;
}
