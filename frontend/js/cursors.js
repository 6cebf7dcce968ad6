// @ts-check
/** Draws where the others point, with their names: gliding from tick to tick, faint once they rest. */

import { colorOf } from "./palette.js";

/** @import { Camera } from "./camera.js" */
/** @import { Presence } from "./presence.js" */
/** @import { Surface } from "./surface.js" */

/** @typedef {{news: [number, number], from: [number, number], at: number}} Glide  news: where it goes; at: when that was told */

const ARROW = new Path2D("M0 0L4.5 15L7.5 9L14 7.5Z");
const LETTERS = "600 12px system-ui, sans-serif";
/** A label longer than this would hide more than it tells. */
const LONGEST_NAME = 24;
/** The news of a tick, as long as a tick lasts. */
const GLIDE_MS = 110;
const RESTING_MS = 6_000;
const FAINT = 0.35;
/** With more cursors than this in the window only those that moved last bear names, and are shown at all. */
const [MOST_NAMES, MOST_SHOWN] = [30, 60];
/** Square pixels of the window that each name is to have at least. */
const ROOM_OF_A_NAME = 20_000;

export class Cursors {
  hidden = false;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {Map<number, Glide>} */
  #glides = new Map();
  /** @type {Map<string, number>} widths of names */
  #widths = new Map();
  #isBlank = false;

  /**
   * @param {Surface} surface @param {Camera} camera @param {Presence} presence @param {number} now milliseconds
   * @returns {number} in how many milliseconds it will look different by itself; Infinity: never
   */
  draw(surface, camera, presence, now) {
    this.#follow(presence, now);
    const shown = this.hidden ? [] : this.#inWindow(surface, camera, presence, now);
    if (shown.length || !this.#isBlank) surface.blank();
    this.#isBlank = shown.length === 0;
    const { context, width, height } = surface;
    const nameless = shown.length - Math.min(MOST_NAMES, Math.round((width * height) / ROOM_OF_A_NAME));
    shown.forEach((one, i) => this.#drawOne(context, one, i < nameless ? 0 : width));
    return Math.min(Infinity, ...shown.map(({ age }) => (age < GLIDE_MS ? 0 : age < RESTING_MS ? RESTING_MS - age : Infinity)));
  }

  /** @param {Surface} surface @param {Camera} camera @param {Presence} presence @param {number} now */
  #inWindow({ width, height }, camera, presence, now) {
    const inWindow = [...this.#glides].flatMap(([user, glide]) => {
      const [x, y] = camera.toWindow(...this.#placeOf(glide, now));
      const name = presence.users.get(user);
      return name === undefined || x < -200 || y < -40 || x > width || y > height ? [] : [{ name, x, y, age: now - glide.at }];
    });
    // The latest lie on top.
    return inWindow.sort((a, b) => b.age - a.age).slice(-MOST_SHOWN);
  }

  /** @param {number} user @param {number} now @returns {[number, number] | undefined} in board units, as it is shown */
  placeOf(user, now) {
    const glide = this.#glides.get(user);
    return glide && this.#placeOf(glide, now);
  }

  /** @param {Presence} presence @param {number} now */
  #follow({ cursors }, now) {
    for (const user of this.#glides.keys()) if (!cursors.has(user)) this.#glides.delete(user);
    for (const [user, news] of cursors) {
      const glide = this.#glides.get(user);
      if (glide?.news !== news) this.#glides.set(user, { news, from: glide ? this.#placeOf(glide, now) : news, at: now });
    }
  }

  /** @param {Glide} glide @param {number} now @returns {[number, number]} */
  #placeOf({ news, from, at }, now) {
    const part = this.#calm.matches ? 1 : Math.min(1, Math.max(0, (now - at) / GLIDE_MS));
    return [from[0] + (news[0] - from[0]) * part, from[1] + (news[1] - from[1]) * part];
  }

  /** @param {CanvasRenderingContext2D} context @param {{name: string, x: number, y: number, age: number}} cursor @param {number} right where its name has to end; 0: it bears none */
  #drawOne(context, { name, x, y, age }, right) {
    context.save();
    context.translate(x, y);
    context.globalAlpha = age < RESTING_MS ? 1 : FAINT;
    context.fillStyle = colorOf(name);
    context.strokeStyle = "white";
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke(ARROW);
    context.fill(ARROW);
    if (right) this.#drawLabel(context, shorten(name), right - x);
    context.restore();
  }

  /** @param {CanvasRenderingContext2D} context @param {string} text @param {number} right */
  #drawLabel(context, text, right) {
    context.font = LETTERS;
    context.textBaseline = "middle";
    const width = this.#widths.get(text) ?? context.measureText(text).width;
    this.#widths.set(text, width);
    const left = Math.min(12, right - width - 14);
    context.beginPath();
    context.roundRect(left, 14, width + 12, 20, 6);
    context.fill();
    context.fillStyle = "white";
    context.fillText(text, left + 6, 24.5);
  }
}

/** @param {string} name @returns {string} */
function shorten(name) {
  const letters = [...name];
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : name;
}
