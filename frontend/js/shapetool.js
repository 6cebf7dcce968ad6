// @ts-check
/** Lines, rectangles and ellipses: dragged from one corner to the other. */

import { alignAngle, alignSquare, ellipseOutline, ellipseTrace, lineOutline, lineTrace, rectangleOutline, rectangleTrace } from "./outline.js";
import { PenStroke } from "./pen.js";

/** @import { RoomClient } from "./client.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Point } from "./outline.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Style } from "./style.js" */
/** @import { Spot, Tool } from "./tools.js" */

/**
 * @typedef {object} Kind
 * @property {(a: Point, b: Point) => string} outline
 * @property {(a: Point, b: Point) => number[]} trace as others are shown it while it is drawn
 * @property {(a: Point, b: Point) => Point} align
 */

/** A drag shorter than this was a click, in window pixels. */
const LEAST = 3;

/** @type {Record<"line" | "rectangle" | "ellipse", Kind>} */
export const KINDS = {
  line: { outline: lineOutline, trace: lineTrace, align: alignAngle },
  rectangle: { outline: rectangleOutline, trace: rectangleTrace, align: alignSquare },
  ellipse: { outline: ellipseOutline, trace: ellipseTrace, align: alignSquare },
};

/** @implements {Tool} */
export class ShapeTool {
  #kind;
  #client;
  #editor;
  #stage;
  #style;
  /** @type {Point | null} */
  #from = null;
  /** @type {Point} */
  #to = [0, 0];

  /** @param {Kind} kind @param {RoomClient} client @param {Editor} editor @param {Stage} stage @param {Style} style */
  constructor(kind, client, editor, stage, style) {
    this.#kind = kind;
    this.#client = client;
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
    if (this.#isLarge(this.#from)) this.#tell(this.#from);
  }

  up() {
    const from = this.#from;
    if (!from || !this.#isLarge(from)) return this.cancel();
    const id = this.#client.sender.settle() ?? this.#client.ids.next();
    const { color, width } = this.#style;
    this.#drop();
    this.#editor.draw({ id, d: this.#kind.outline(from, this.#to), color, width });
  }

  cancel() {
    if (this.#from) this.#client.abandon();
    this.#drop();
  }

  #drop() {
    this.#from = this.#stage.live.draft = null;
    this.#stage.request();
  }

  /** @param {Point} from @returns {boolean} or else it was a click */
  #isLarge(from) {
    return Math.hypot(this.#to[0] - from[0], this.#to[1] - from[1]) * this.#stage.camera.zoom >= LEAST;
  }

  /** @param {Point} from */
  #tell(from) {
    const { ids, clock, sender } = this.#client;
    const stroke = new PenStroke({ id: ids.next(), ts: clock.next(), color: this.#style.color, width: this.#style.width });
    const trace = this.#kind.trace(from, this.#to);
    for (let i = 0; i < trace.length; i += 2) stroke.push(trace[i], trace[i + 1]);
    sender.replace(stroke);
  }
}
