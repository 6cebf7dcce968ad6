// @ts-check
/** Lines, rectangles and ellipses: dragged from one corner to the other. */

import { alignAngle, alignSquare, ellipseOutline, lineOutline, rectangleOutline } from "./outline.js";

/** @import { Editor } from "./editor.js" */
/** @import { Point } from "./outline.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Style } from "./style.js" */
/** @import { Spot, Tool } from "./tools.js" */

/** @typedef {{outline: (a: Point, b: Point) => string, align: (a: Point, b: Point) => Point}} Kind */

/** A drag shorter than this was a click, in window pixels. */
const LEAST = 3;

/** @type {Record<"line" | "rectangle" | "ellipse", Kind>} */
export const KINDS = {
  line: { outline: lineOutline, align: alignAngle },
  rectangle: { outline: rectangleOutline, align: alignSquare },
  ellipse: { outline: ellipseOutline, align: alignSquare },
};

/** @implements {Tool} */
export class ShapeTool {
  #kind;
  #editor;
  #stage;
  #style;
  /** @type {Point | null} */
  #from = null;
  /** @type {Point} */
  #to = [0, 0];

  /** @param {Kind} kind @param {Editor} editor @param {Stage} stage @param {Style} style */
  constructor(kind, editor, stage, style) {
    this.#kind = kind;
    this.#editor = editor;
    this.#stage = stage;
    this.#style = style;
  }

  /** @param {Spot} spot */
  down({ x, y }) {
    this.#from = this.#to = [x, y];
  }

  /** @param {Spot} spot */
  move({ x, y, shift }) {
    if (!this.#from) return;
    this.#to = shift ? this.#kind.align(this.#from, [x, y]) : [x, y];
    const { color, width } = this.#style;
    this.#stage.live.draft = { d: this.#kind.outline(this.#from, this.#to), color, width };
    this.#stage.request();
  }

  up() {
    const from = this.#from;
    this.cancel();
    if (!from) return;
    const far = Math.hypot(this.#to[0] - from[0], this.#to[1] - from[1]) * this.#stage.camera.zoom;
    if (far >= LEAST) this.#editor.add([{ d: this.#kind.outline(from, this.#to), color: this.#style.color, width: this.#style.width }]);
  }

  cancel() {
    this.#from = this.#stage.live.draft = null;
    this.#stage.request();
  }
}
