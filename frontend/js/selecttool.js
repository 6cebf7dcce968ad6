// @ts-check
/** Selects: a click what lies there, a drag what lies within it; and drags what is selected elsewhere. */

import { encloses } from "./box.js";
import { probe } from "./probe.js";

/** @import { Selection } from "./selection.js" */
/** @import { Shape } from "./shape.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Spot, Tool } from "./tools.js" */

/** In window pixels. */
const REACH = 6;
const COARSE_REACH = 14;
/** A drag shorter than this was a click. */
const LEAST = 3;

/** @implements {Tool} */
export class SelectTool {
  #selection;
  #stage;
  /** @type {Spot | null} */
  #from = null;
  /** What the drag does; null: it is a click as yet. @type {"move" | "band" | null} */
  #doing = null;
  /** What is moved, if the drag turns out to be one. @type {Shape[]} */
  #held = [];
  /** The path that was clicked. @type {string | undefined} */
  #hit;

  /** @param {Selection} selection @param {Stage} stage */
  constructor(selection, stage) {
    this.#selection = selection;
    this.#stage = stage;
  }

  /** @param {Spot} spot */
  down(spot) {
    this.#from = spot;
    this.#doing = null;
    this.#stage.update();
    const reach = (spot.coarse ? COARSE_REACH : REACH) / this.#stage.camera.zoom;
    this.#hit = this.#stage.scene.hits(probe(), spot.x, spot.y, reach).at(-1);
    const grabs = this.#hit ? !spot.shift : !spot.shift && this.#selection.surrounds(spot.x, spot.y);
    // What is not selected yet is taken along at once; what is, waits for whether this is a click or a drag.
    if (this.#hit && grabs && !this.#selection.has(this.#hit)) this.#selection.set([this.#hit]);
    this.#held = grabs ? this.#selection.shapes() : [];
  }

  /** @param {Spot} spot */
  move(spot) {
    const from = this.#from;
    if (!from) return;
    const far = Math.hypot(spot.x - from.x, spot.y - from.y) * this.#stage.camera.zoom;
    if (!this.#doing && far < LEAST) return;
    this.#doing ??= this.#held.length ? "move" : "band";
    if (this.#doing === "move") this.#drag(from, spot);
    else this.#stretch(from, spot);
    this.#stage.request();
  }

  up() {
    const [from, doing, lifted, band] = [this.#from, this.#doing, this.#stage.live.lifted, this.#stage.live.band];
    if (doing === "move" && lifted) {
      this.#from = this.#doing = null;
      return this.#selection.move(lifted.dx, lifted.dy, undefined, () => this.#stage.drop());
    }
    this.cancel();
    if (!from) return;
    if (doing === "band" && band) this.#catch(band, from.shift);
    else this.#click(from);
  }

  cancel() {
    this.#from = this.#doing = null;
    this.#stage.live.lifted = this.#stage.live.band = null;
    this.#stage.scene.hide([]);
    this.#stage.request();
  }

  /** @param {Spot} from @param {Spot} spot */
  #drag(from, spot) {
    let [dx, dy] = [spot.x - from.x, spot.y - from.y];
    if (spot.shift) [dx, dy] = Math.abs(dx) > Math.abs(dy) ? [dx, 0] : [0, dy];
    if (!this.#stage.live.lifted) this.#stage.scene.hide(this.#held.map(({ path }) => path.id));
    this.#stage.live.lifted = { shapes: this.#held, dx, dy };
  }

  /** @param {Spot} from @param {Spot} spot */
  #stretch(from, { x, y }) {
    const [left, right] = from.x < x ? [from.x, x] : [x, from.x];
    const [top, bottom] = from.y < y ? [from.y, y] : [y, from.y];
    this.#stage.live.band = { left, top, right, bottom };
  }

  /** @param {import("./box.js").Box} band @param {boolean} more */
  #catch(band, more) {
    this.#stage.update();
    const inside = this.#stage.scene.search(band).filter(({ box }) => encloses(band, box));
    const ids = inside.map(({ path }) => path.id).filter((id) => !more || !this.#selection.has(id));
    if (more) this.#selection.toggle(ids);
    else this.#selection.set(ids);
  }

  /** @param {Spot} spot */
  #click({ shift }) {
    if (this.#hit && shift) this.#selection.toggle([this.#hit]);
    else if (this.#hit) this.#selection.set([this.#hit]);
    else if (!shift) this.#selection.clear();
  }
}
