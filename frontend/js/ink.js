// @ts-check
/** The settled paths on the window's canvas, by way of tiles. */

import { TileSet } from "./tileset.js";
import { TILE } from "./tile.js";
import { Pace } from "./pace.js";

/** @import { Camera } from "./camera.js" */
/** @import { Scene } from "./scene.js" */
/** @import { Surface } from "./surface.js" */
/** @import { Shade, Tile } from "./tile.js" */
/** @import { Placement } from "./tileset.js" */

/** While the zoom changes, tiles are stretched; after it has rested so long, they are drawn sharp. */
const REST_MS = 100;
/** Stretched further than this they are drawn anew even before. */
const STRETCH = 2;
/** Milliseconds of a frame for drawing: beside what somebody does, while there is nothing to be seen before it is drawn, and when a board is opened. */
const [BESIDE, ALONE, OPENING] = [5, 11, 40];

export class InkLayer {
  #surface;
  #shade;
  #pace = new Pace();
  /** @type {TileSet} */
  #tiles;
  /** Of the scale before, shown where the new ones are not ready. @type {TileSet | null} */
  #old = null;
  /** Where the board lay when it was last painted; null: what is on the canvas counts no longer. @type {Placement | null} */
  #painted = null;
  /** Whether the tiles of this scale fill the window. */
  #covered = false;
  #scale = 0;
  #scaleSince = -Infinity;
  /** Whether there has been no whole picture yet. */
  #isOpening = true;
  /** Which way the board moved last, and when. */
  #heading = { x: 0, y: 0, at: -Infinity };

  /** @param {Surface} surface @param {Shade} shade */
  constructor(surface, shade) {
    this.#surface = surface;
    this.#shade = shade;
    this.#tiles = new TileSet(1, shade);
  }

  /** The canvas is empty again. */
  forget() {
    this.#painted = null;
  }

  /** Every colour may be shown as another one. */
  recolour() {
    this.#tiles.take({ all: true, boxes: [], tops: [] });
  }

  /**
   * @param {Camera} camera
   * @param {Scene} scene
   * @param {number} now milliseconds, at the beginning of the frame
   * @returns {boolean} whether there is more to do in the next frame
   */
  draw(camera, scene, now) {
    const began = performance.now();
    const placement = placementOf(this.#surface, camera);
    const damage = scene.takeDamage();
    const moving = this.#isMoving(placement, now);
    const most = this.#isOpening ? OPENING : moving || this.#covered ? BESIDE : ALONE;
    this.#pace.begin(now, this.#isOpening ? OPENING : 0);
    const changed = this.#tiles.take(damage);
    this.#old?.take({ ...damage, boxes: [] });
    const stretched = this.#choose(placement, now);
    const missing = stretched ? false : this.#work(placement, scene, changed);
    if (moving && !stretched && !missing) this.#workAhead(placement, scene);
    this.#paint(placement, changed, stretched);
    this.#isOpening &&= missing || !scene.shapes.length;
    this.#pace.end(performance.now() - began, most);
    return stretched || missing;
  }

  /** @param {Placement} placement @param {number} now @returns {boolean} whether one is moving about, as far as that can be told */
  #isMoving({ scale, x, y }, now) {
    const before = this.#painted;
    if (before?.scale === scale && (before.x !== x || before.y !== y)) {
      this.#heading = { x: Math.sign(x - before.x), y: Math.sign(y - before.y), at: now };
    }
    return now - this.#heading.at < REST_MS;
  }

  /** Draws what will come into the window if one goes on so. @param {Placement} placement @param {Scene} scene */
  #workAhead({ scale, x, y }, scene) {
    const { x: right, y: down } = this.#heading;
    for (const tile of this.#tiles.inWindow({ scale, x: x + right * TILE, y: y + down * TILE }, this.#size())) {
      if (!tile.isSharp && this.#pace.hasTime) tile.work(scene, this.#pace);
    }
  }

  /** Takes tiles of another scale, unless it is better to stretch those that are there. @param {Placement} placement @param {number} now @returns {boolean} */
  #choose({ scale }, now) {
    if (scale !== this.#scale) this.#scaleSince = now;
    const first = this.#scale === 0;
    this.#scale = scale;
    if (scale === this.#tiles.scale) return false;
    const stretch = Math.max(scale / this.#tiles.scale, this.#tiles.scale / scale);
    if (!first && now - this.#scaleSince < REST_MS && stretch <= STRETCH) return true;
    const worse = this.#old && !this.#covered ? this.#tiles : this.#old;
    if (worse !== this.#tiles) this.#old = this.#tiles;
    worse?.release();
    this.#tiles = new TileSet(scale, this.#shade);
    this.#covered = false;
    return false;
  }

  /** @param {Placement} placement @param {Scene} scene @param {Set<Tile>} changed is told which @returns {boolean} whether more is to be done */
  #work(placement, scene, changed) {
    const tiles = this.#tiles.inWindow(placement, this.#size());
    for (const tile of tiles) {
      if (tile.isSharp || !this.#pace.hasTime) continue;
      if (tile.work(scene, this.#pace)) changed.add(tile);
    }
    this.#covered = tiles.every((tile) => tile.isDrawn);
    if (this.#old && this.#covered) {
      this.#old.release();
      this.#old = null;
      this.#painted = null;
    }
    return tiles.some((tile) => !tile.isSharp);
  }

  /** @param {Placement} placement @param {Set<Tile>} changed @param {boolean} stretched */
  #paint(placement, changed, stretched) {
    const { context } = this.#surface;
    const before = this.#painted;
    this.#painted = placement;
    context.setTransform(1, 0, 0, 1, 0, 0);
    const still = before?.scale === placement.scale && before.x === placement.x && before.y === placement.y;
    if (still && !stretched && !this.#old) return this.#paintSome(placement, changed);
    const size = this.#size();
    context.clearRect(0, 0, size.width, size.height);
    this.#old?.paint(context, placement, size, false);
    this.#tiles.paint(context, placement, size, this.#old !== null);
  }

  /** @param {Placement} placement @param {Set<Tile>} changed */
  #paintSome({ x, y }, changed) {
    const { context } = this.#surface;
    for (const { column, row, canvas } of changed) {
      const [left, top] = [column * TILE + x, row * TILE + y];
      context.clearRect(left, top, TILE, TILE);
      if (canvas) context.drawImage(canvas, left, top);
    }
  }

  /** @returns {{width: number, height: number}} */
  #size() {
    const { width, height } = this.#surface.context.canvas;
    return { width, height };
  }
}

/**
 * The board lies on whole pixels, so that moving it moves the picture without blurring it.
 * @param {Surface} surface
 * @param {Camera} camera
 * @returns {Placement}
 */
export function placementOf({ ratio }, { x, y, zoom }) {
  const scale = ratio * zoom;
  return { scale, x: Math.round(-x * scale), y: Math.round(-y * scale) };
}

/** @param {CanvasRenderingContext2D} context @param {Placement} placement so that board units are drawn there */
export function applyPlacement(context, { scale, x, y }) {
  context.setTransform(scale, 0, 0, scale, x, y);
}
