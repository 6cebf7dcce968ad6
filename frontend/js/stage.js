// @ts-check
/** Brings the room onto the screen, once a frame and only when something changed. */

import { encloses } from "./box.js";
import { Camera } from "./camera.js";
import { Cursors } from "./cursors.js";
import { Follow } from "./follow.js";
import { InkLayer } from "./ink.js";
import { LiveLayer } from "./live.js";
import { Scene } from "./scene.js";
import { onDarkPaper } from "./shade.js";
import { Surface } from "./surface.js";

/** @import { RoomClient } from "./client.js" */

/** @typedef {{board: HTMLCanvasElement, live: HTMLCanvasElement, cursors: HTMLCanvasElement}} Canvases one above the other */

export class Stage {
  camera = new Camera();
  scene = new Scene();
  cursors = new Cursors();
  follow = new Follow();
  /** What tools show of what they are doing. */
  live;
  /** Told when the part of the board in the window may have changed. */
  moved = () => {};
  /** The part of the window that nothing floats above, in its pixels. @type {() => import("./box.js").Box} */
  free = () => ({ left: 0, top: 0, right: this.size.width, bottom: this.size.height });
  /** Gives what is to be framed. @type {() => import("./box.js").Box[]} */
  marks = () => [];
  #client;
  #edits;
  #window;
  #ink;
  #liveSurface;
  #cursorSurface;
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #asked = false;
  /** Only the settled picture is not complete yet. */
  #askedForInk = false;
  /** Cursors glide and fade by themselves. @type {number | undefined} */
  #cursorsLater;
  /** Whether the settled picture in the window is complete. @type {"none" | "partly" | "whole"} */
  picture = "none";
  #marked = new Set();

  /** @param {Canvases} canvases @param {RoomClient} client @param {{isBusy: boolean, finish: () => void}} edits that take more than a moment */
  constructor({ board, live, cursors }, client, edits) {
    /** @param {string} color */
    const shade = (color) => (this.#dark.matches ? onDarkPaper(color) : color);
    this.#client = client;
    this.#edits = edits;
    this.#window = new Surface(board);
    this.#ink = new InkLayer(this.#window, shade);
    this.#liveSurface = new Surface(live);
    this.live = new LiveLayer(this.#liveSurface, shade);
    this.#cursorSurface = new Surface(cursors);
    this.#dark.addEventListener("change", () => this.#recolour());
    new ResizeObserver(() => this.#resize()).observe(board);
    this.#resize();
    this.#watchRatio();
  }

  /** Asks for a new picture. */
  request() {
    if (this.#asked) return;
    this.#asked = true;
    this.picture = "partly";
    requestAnimationFrame(() => this.#draw());
  }

  /** @returns {[number, number]} the window's middle, in its pixels */
  get middle() {
    return [this.#window.width / 2, this.#window.height / 2];
  }

  /** @returns {{width: number, height: number}} of the window, in its pixels */
  get size() {
    return this.#window;
  }

  /** @param {number} factor about the window's middle */
  zoom(factor) {
    this.camera.zoomAt(...this.middle, factor);
    this.request();
  }

  /** One board unit is one pixel again. */
  zoomToFull() {
    this.zoom(1 / this.camera.zoom);
  }

  /** Shows the whole drawing. @param {number} [most] zoom */
  fit(most = 2) {
    this.update();
    const bounds = this.scene.bounds();
    if (bounds) this.camera.fit(bounds, this.free(), most);
    else this.camera = new Camera();
    this.request();
  }

  /** @returns {boolean} whether something of the drawing is out of sight */
  get isCutOff() {
    this.update();
    const bounds = this.scene.bounds();
    const free = this.free();
    const [left, top] = this.camera.toBoard(free.left, free.top);
    const [right, bottom] = this.camera.toBoard(free.right, free.bottom);
    return bounds !== null && !encloses({ left, top, right, bottom }, bounds);
  }

  /** Takes the view's changes into the scene; needed before hit tests, which may come between two frames. */
  update() {
    this.#edits.finish();
    this.#follow();
  }

  #follow() {
    const { replica } = this.#client;
    // What changes very much is seen at once, when it is done.
    if (!this.#edits.isBusy) this.scene.follow(replica.view, replica.takeChanges());
  }

  /** What was dragged has its new place. */
  drop() {
    this.update();
    this.scene.hide([]);
    if (this.live.lifted) this.live.lifted.dropped = true;
    this.request();
  }

  #recolour() {
    this.#ink.recolour();
    this.request();
  }

  /** A window that goes to another screen keeps its size, and yet has other pixels. */
  #watchRatio() {
    const moved = () => {
      this.#resize();
      this.#watchRatio();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", moved, { once: true });
  }

  #resize() {
    for (const surface of [this.#window, this.#liveSurface, this.#cursorSurface]) surface.resize();
    this.#ink.forget();
    // At once: a resized canvas is empty, and a frame without the drawing would flicker.
    this.#draw();
  }

  #draw() {
    this.#asked = false;
    const { presence } = this.#client;
    const followed = this.cursors.placeOf(this.follow.user, performance.now());
    if (this.follow.step(this.camera, followed, this.size)) this.request();
    this.#drawInk();
    this.live.frames = this.marks();
    const more = this.live.draw(this.camera, [...strokesOf(presence.strokes)], performance.now());
    this.#drawCursors();
    this.moved();
    if (more) this.request();
  }

  #drawCursors() {
    clearTimeout(this.#cursorsLater);
    this.#cursorsLater = undefined;
    const wait = this.cursors.draw(this.#cursorSurface, this.camera, this.#client.presence, performance.now());
    if (wait === 0) requestAnimationFrame(() => this.#asked || (this.follow.user ? this.request() : this.#drawCursors()));
    else if (wait < Infinity) this.#cursorsLater = setTimeout(() => this.#drawCursors(), wait);
  }

  #drawInk() {
    this.#follow();
    const more = this.#ink.draw(this.camera, this.scene, performance.now());
    this.picture = more ? "partly" : "whole";
    if (this.scene.shapes.length) this.#mark("picture-first");
    if (this.scene.shapes.length && !more) this.#mark("picture-whole");
    if (!more && this.live.lifted?.dropped) {
      this.live.lifted = null;
      this.request();
    }
    if (!more || this.#askedForInk) return;
    this.#askedForInk = true;
    requestAnimationFrame(() => {
      this.#askedForInk = false;
      // A whole picture that was asked for meanwhile has the rest too.
      if (!this.#asked) this.#drawInk();
    });
  }

  /** For measurements, the first time. @param {string} name */
  #mark(name) {
    if (!this.#marked.has(name)) performance.mark(name);
    this.#marked.add(name);
  }
}

/** @template T @param {Map<number, Map<string, T>>} strokes @returns {Iterable<T>} */
function* strokesOf(strokes) {
  for (const own of strokes.values()) yield* own.values();
}
