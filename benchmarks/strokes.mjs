// Makes bench/strokes.txt: strokes of 30 points as a hand with a mouse makes them, through the web client's own fitting.
//   node --experimental-default-type=module benchmarks/strokes.mjs > benchmarks/bench/strokes.txt
// A hand moves in a few bell-shaped bursts of speed, each of which bends one way, and trembles; a mouse knows whole pixels.

import { pathFromPoints } from "../frontend/js/curve.js";

const STROKES = 500;
const POINTS = 30;
const STRAYING = 0.5; // as the pen has it at its usual zoom (frontend/js/tools.js)

let seed = 7;
function random() {
  seed = (seed + 0x6d2b79f5) | 0; // mulberry32: the same strokes each time
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function gauss() {
  return Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
}

function stroke() {
  const bursts = 1 + Math.floor(random() * 3);
  const length = 150 * Math.exp(0.6 * gauss()); // pixels
  const turns = Array.from({ length: bursts }, () => 1.6 * gauss()); // radians in each
  const speeds = Array.from({ length: POINTS }, (_, i) => {
    const at = (((i + 0.5) / POINTS) * bursts) % 1;
    return 0.25 + 30 * at ** 2 * (1 - at) ** 2;
  });
  const total = speeds.reduce((sum, speed) => sum + speed);
  let [x, y, heading] = [100 + 3800 * random(), 100 + 2800 * random(), 2 * Math.PI * random()];
  return speeds.flatMap((speed, i) => {
    const point = [x, y].map((value) => Math.round(value + 0.25 * gauss()));
    heading += (turns[Math.floor(((i + 0.5) / POINTS) * bursts)] * bursts) / POINTS + 0.02 * gauss();
    x += (Math.cos(heading) * length * speed) / total;
    y += (Math.sin(heading) * length * speed) / total;
    return point;
  });
}

for (let i = 0; i < STROKES; i++) console.log(pathFromPoints(stroke(), STRAYING));
