// @ts-check
/** Brings the room onto the screen, once a frame and only when something changed. */

import { Camera } from "./camera.js";
import { drawAll, drawPart } from "./ink.js";
import { drawOverlay } from "./overlay.js";
import { Scene } from "./scene.js";
import { Surface } from "./surface.js";

/** @import { RoomClient } from "./client.js" */
/** @import { PenStroke } from "./pen.js" */

export class Stage {
  camera = new Camera();
  scene = new Scene();
  #client;
  #ownStroke;
  #ink;
  #overlay;
  #asked = false;
  #all = true;

  /**
   * @param {HTMLCanvasElement} ink
   * @param {HTMLCanvasElement} overlay
   * @param {RoomClient} client
   * @param {() => PenStroke | null} ownStroke
   */
  constructor(ink, overlay, client, ownStroke) {
    this.#ink = new Surface(ink);
    this.#overlay = new Surface(overlay);
    this.#client = client;
    this.#ownStroke = ownStroke;
    new ResizeObserver(() => this.#resize()).observe(ink);
    this.#resize();
  }

  /** Asks for a new picture. */
  request() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => this.#draw());
  }

  /** The camera moved: everything has another place. */
  moved() {
    this.#all = true;
    this.request();
  }

  /** @param {number} factor about the window's middle */
  zoom(factor) {
    this.camera.zoomAt(this.#ink.width / 2, this.#ink.height / 2, factor);
    this.moved();
  }

  /** Shows the whole drawing. */
  fit() {
    this.update();
    const bounds = this.scene.bounds();
    if (bounds) this.camera.fit(bounds, this.#ink.width, this.#ink.height);
    else this.camera = new Camera();
    this.moved();
  }

  /** Takes the view's changes into the scene; needed before hit tests, which may come between two frames. */
  update() {
    const { all, ids } = this.#client.replica.takeChanges();
    const { view } = this.#client.replica;
    if (all) {
      this.scene.reset(view.paths());
      this.#all = true;
    } else {
      for (const id of ids) this.scene.set(id, view.get(id));
    }
  }

  #resize() {
    this.#ink.resize();
    this.#overlay.resize();
    this.#all = true;
    // At once: a resized canvas is empty, and a frame without the drawing would flicker.
    this.#draw();
  }

  #draw() {
    this.#asked = false;
    this.update();
    if (this.#all) drawAll(this.#ink, this.camera, this.scene);
    else if (this.scene.dirty) drawPart(this.#ink, this.camera, this.scene, this.scene.dirty);
    this.#all = false;
    this.scene.dirty = null;
    drawOverlay(this.#overlay, this.camera, this.#client.presence, this.#ownStroke());
  }
}
