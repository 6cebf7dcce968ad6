// @ts-check
/** Which paths are selected, and what is done to them together. */

import { around, holds } from "./box.js";
import { moveOutline } from "./move.js";

/** @import { Box } from "./box.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Shape } from "./shape.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Ink } from "./types.js" */

/** With more than this each has no frame of its own. */
const MANY = 60;
/** How far a copy lies from what it was made of, in window pixels. */
const ASIDE = 16;

export class Selection {
  /** @type {Set<string>} */
  #ids = new Set();
  /** As they were when they were last asked for. @type {{of: Set<string>, version: number, boxes: Box[]}} */
  #boxes = { of: this.#ids, version: -1, boxes: [] };
  #editor;
  #stage;
  /** Told when there is another selection. */
  changed = () => {};

  /** @param {Editor} editor @param {Stage} stage */
  constructor(editor, stage) {
    this.#editor = editor;
    this.#stage = stage;
  }

  /** @returns {number} */
  get size() {
    if (this.#ids.size) this.#stage.update();
    return this.#found().length;
  }

  /** @returns {Shape[]} in drawing order; what was deleted meanwhile is not among them */
  shapes() {
    this.#stage.update();
    return this.#found().sort((a, b) => (a.path.id < b.path.id ? -1 : 1));
  }

  /** @param {string} id @returns {boolean} */
  has(id) {
    return this.#ids.has(id);
  }

  /** @returns {Box[]} of each, in board units; of very many only one around them all */
  boxes() {
    if (!this.#ids.size) return [];
    const { version } = this.#stage.scene;
    if (this.#boxes.of !== this.#ids || this.#boxes.version !== version) {
      const boxes = this.#found().map(({ box }) => box);
      const whole = around(boxes);
      this.#boxes = { of: this.#ids, version, boxes: whole && boxes.length > MANY ? [whole] : boxes };
    }
    return this.#boxes.boxes;
  }

  /** @param {number} x @param {number} y @returns {boolean} whether the place lies in the frame around all */
  surrounds(x, y) {
    const whole = around(this.boxes());
    return whole !== null && holds(whole, x, y);
  }

  /** @param {Iterable<string>} ids these and no others */
  set(ids) {
    this.#ids = new Set(ids);
    this.#stage.request();
    this.changed();
  }

  /** @param {Iterable<string>} ids selected if they were not, and the other way round */
  toggle(ids) {
    const now = new Set(this.#ids);
    for (const id of ids) if (!now.delete(id)) now.add(id);
    this.set(now);
  }

  all() {
    this.#stage.update();
    this.set(this.#stage.scene.shapes.map(({ path }) => path.id));
  }

  clear() {
    if (this.#ids.size) this.set([]);
  }

  /** @param {number} dx @param {number} dy in board units @param {string} [kind] small moves in a row are undone at once @param {() => void} [done] */
  move(dx, dy, kind, done) {
    if (dx || dy) this.#editor.move(this.#ids, dx, dy, kind, done);
    else done?.();
  }

  delete() {
    this.#editor.delete(this.#ids);
    this.clear();
  }

  /** @param {string} color */
  recolour(color) {
    this.#editor.change(this.#ids, ({ d, width }) => ({ d, color, width }));
  }

  /** @param {number} width */
  changeWidth(width) {
    this.#editor.change(this.#ids, ({ d, color }) => ({ d, color, width }));
  }

  /** Copies lie a little aside, and are selected. */
  duplicate() {
    const aside = ASIDE / this.#stage.camera.zoom;
    this.insert(this.shapes().map(({ path }) => path), aside, aside);
  }

  /** Adds paths and selects them. @param {Ink[]} inks @param {number} dx from where they say they are, in board units @param {number} dy */
  insert(inks, dx, dy) {
    if (inks.length) this.#editor.add(moved(inks, dx, dy), (ids) => this.set(ids));
  }

  /** @returns {Shape[]} in no order */
  #found() {
    return [...this.#ids].flatMap((id) => this.#stage.scene.get(id) ?? []);
  }
}

/** @param {Ink[]} inks @param {number} dx @param {number} dy @returns {Iterable<Ink>} each made when its turn comes */
function* moved(inks, dx, dy) {
  for (const { d, color, width } of inks) yield { d: moveOutline(d, dx, dy), color, width };
}
