// @ts-check
/** Keeps somebody's cursor in the window, until one looks elsewhere oneself. */

/** @import { Camera } from "./camera.js" */

/** How near to the window's edge, as a part of it, the cursor may come. */
const MARGIN = 0.25;
/** The part of the way that is gone in one frame. */
const EASE = 0.18;

export class Follow {
  /** Whose; 0: nobody's. */
  user = 0;
  /** Told when it begins and ends. */
  changed = () => {};
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #left = "";

  /** @param {number} user 0: nobody any more */
  choose(user) {
    if (user === this.user) return;
    this.user = user;
    this.#left = "";
    this.changed();
  }

  /**
   * @param {Camera} camera is moved @param {[number, number] | undefined} place of the cursor, in board units
   * @param {{width: number, height: number}} size of the window
   * @returns {boolean} whether there is still a way to go
   */
  step(camera, place, { width, height }) {
    if (!this.user) return false;
    // Somebody else has moved it since: oneself.
    if (this.#left && this.#left !== lookOf(camera)) this.choose(0);
    if (!this.user || !place) return false;
    const [x, y] = camera.toWindow(...place);
    const [dx, dy] = [beyond(x, width), beyond(y, height)];
    const ease = this.#calm.matches || Math.hypot(dx, dy) < 2 ? 1 : EASE;
    if (dx || dy) camera.pan(-dx * ease, -dy * ease);
    this.#left = lookOf(camera);
    return ease < 1;
  }
}

/** @param {Camera} camera @returns {string} */
function lookOf({ x, y, zoom }) {
  return `${x} ${y} ${zoom}`;
}

/** @param {number} at @param {number} length @returns {number} how far it is out of the middle */
function beyond(at, length) {
  return at - Math.min((1 - MARGIN) * length, Math.max(MARGIN * length, at));
}
