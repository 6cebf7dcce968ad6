// @ts-check
/** Brings the room onto the screen, once a frame and only when something changed. */

import { Camera } from "./camera.js";
import { InkLayer } from "./ink.js";
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
  #window;
  #ink;
  #overlay;
  #asked = false;
  /** @type {"none" | "first" | "whole"} how much of the picture was on the screen yet */
  #progress = "none";

  /**
   * @param {HTMLCanvasElement} ink
   * @param {HTMLCanvasElement} overlay
   * @param {RoomClient} client
   * @param {() => PenStroke | null} ownStroke
   */
  constructor(ink, overlay, client, ownStroke) {
    this.#window = new Surface(ink);
    this.#ink = new InkLayer(this.#window, (color) => color);
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

  /** @param {number} factor about the window's middle */
  zoom(factor) {
    this.camera.zoomAt(this.#window.width / 2, this.#window.height / 2, factor);
    this.request();
  }

  /** Shows the whole drawing. */
  fit() {
    this.update();
    const bounds = this.scene.bounds();
    if (bounds) this.camera.fit(bounds, this.#window.width, this.#window.height);
    else this.camera = new Camera();
    this.request();
  }

  /** Takes the view's changes into the scene; needed before hit tests, which may come between two frames. */
  update() {
    const { all, ids } = this.#client.replica.takeChanges();
    const { view } = this.#client.replica;
    if (all && view.count && this.#progress === "none") performance.mark("state");
    if (all) this.scene.reset(view.paths());
    else {
      for (const id of ids) this.scene.set(id, view.get(id));
    }
  }

  #resize() {
    this.#window.resize();
    this.#overlay.resize();
    this.#ink.forget();
    // At once: a resized canvas is empty, and a frame without the drawing would flicker.
    this.#draw();
  }

  #draw() {
    this.#asked = false;
    this.update();
    const more = this.#ink.draw(this.camera, this.scene, performance.now());
    if (more) this.request();
    this.#tellProgress(more);
    drawOverlay(this.#overlay, this.camera, this.#client.presence, this.#ownStroke());
  }

  /** For measurements: when there was something to draw, and when something and all of it was drawn. @param {boolean} more */
  #tellProgress(more) {
    if (!this.scene.shapes.length || this.#progress === "whole") return;
    if (this.#progress === "none") performance.mark("picture-first");
    this.#progress = more ? "first" : "whole";
    if (!more) performance.mark("picture-whole");
  }
}
