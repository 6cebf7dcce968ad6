// @ts-check
/** A text as a QR code: ISO/IEC 18004, byte mode, error correction M, versions 1 to 20 (666 bytes). Pure. */

/** For each version: bytes of correction in a block, and blocks (table 9 of the standard). */
const CORRECTION = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
/** Which modules are turned, by row and column (table 10). @type {((y: number, x: number) => boolean)[]} */
const MASKS = [
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

/** @param {string} text @returns {boolean[][]} rows of modules, true is dark, without the quiet zone; none: the text is too long */
export function encodeQr(text) {
  const bytes = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex((_, v) => v && bytes.length + (v < 10 ? 2 : 3) <= roomFor(v));
  if (version < 0) return [];
  const stream = interleave(dataOf(bytes, version), version);
  const drawn = MASKS.map((mask, number) => draw(version, stream, mask, number));
  return drawn.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}

/** @param {number} version @returns {number} modules that carry data or its correction */
function rawModules(version) {
  const marks = version < 2 ? 0 : Math.floor(version / 7) + 2;
  const alignment = version < 2 ? 0 : (25 * marks - 10) * marks - 55;
  return (16 * version + 128) * version + 64 - alignment - (version < 7 ? 0 : 36);
}

/** @param {number} version @returns {number} bytes of data */
function roomFor(version) {
  return Math.floor(rawModules(version) / 8) - CORRECTION[version] * BLOCKS[version];
}

/** @param {Uint8Array} bytes @param {number} version @returns {number[]} with the head, filled up */
function dataOf(bytes, version) {
  const size = version < 10 ? [bytes.length] : [bytes.length >> 8, bytes.length & 255];
  // Four bits of mode put everything half a byte askew.
  const nibbles = [4, ...[...size, ...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0];
  const data = [];
  for (let i = 0; i < nibbles.length; i += 2) data.push((nibbles[i] << 4) | nibbles[i + 1]);
  for (let pad = 0xec; data.length < roomFor(version); pad ^= 0xec ^ 0x11) data.push(pad);
  return data;
}

/** @param {number[]} data @param {number} version @returns {number[]} its blocks and their corrections, column by column */
function interleave(data, version) {
  const count = BLOCKS[version];
  const short = Math.floor(data.length / count);
  const divisor = divisorOf(CORRECTION[version]);
  let at = 0;
  const blocks = Array.from({ length: count }, (_, i) => data.slice(at, (at += short + (i < count - (data.length % count) ? 0 : 1))));
  const corrections = blocks.map((block) => remainder(block, divisor));
  return [...columns(blocks), ...columns(corrections)];
}

/** @param {number[][]} rows @returns {number[]} */
function columns(rows) {
  const longest = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, i) => rows.flatMap((row) => (i < row.length ? [row[i]] : []))).flat();
}

/** @param {number} a @param {number} b @returns {number} their product in GF(2^8) modulo 0x11d */
function multiply(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a);
  return product;
}

/** @param {number} degree @returns {number[]} the generator of Reed and Solomon, without its leading 1 */
function divisorOf(degree) {
  const result = [...Array(degree - 1).fill(0), 1];
  for (let i = 0, root = 1; i < degree; i++, root = multiply(root, 2)) {
    for (let j = 0; j < degree; j++) result[j] = multiply(result[j], root) ^ (result[j + 1] ?? 0);
  }
  return result;
}

/** @param {number[]} data @param {number[]} divisor @returns {number[]} */
function remainder(data, divisor) {
  const result = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ /** @type {number} */ (result.shift());
    result.push(0);
    divisor.forEach((value, i) => (result[i] ^= multiply(value, factor)));
  }
  return result;
}

/**
 * @param {number} version @param {number[]} stream @param {(y: number, x: number) => boolean} mask @param {number} number of the mask
 * @returns {boolean[][]}
 */
function draw(version, stream, mask, number) {
  const size = 4 * version + 17;
  /** @type {(boolean | undefined)[][]} undefined: not taken by a pattern */
  const grid = Array.from({ length: size }, () => Array(size).fill(undefined));
  drawPatterns(grid, version);
  drawFormat(grid, number);
  let i = 0;
  for (const [y, x] of zigzag(size)) {
    if (grid[y][x] !== undefined) continue;
    const bit = ((stream[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
    i++;
    grid[y][x] = (bit === 1) !== mask(y, x);
  }
  return /** @type {boolean[][]} */ (grid);
}

/** @param {number} size @returns {Generator<[number, number]>} the way of the data: two columns at a time, up and down */
function* zigzag(size) {
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step;
      yield [y, right];
      yield [y, right - 1];
    }
  }
}

/** @param {(boolean | undefined)[][]} grid @param {number} version */
function drawPatterns(grid, version) {
  const size = grid.length;
  for (let i = 0; i < size; i++) grid[6][i] = grid[i][6] = i % 2 === 0;
  const marks = alignmentsOf(version);
  for (const y of marks) {
    for (const x of marks) if (!isCorner(x, y, size)) drawRings(grid, x, y, 2);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) drawRings(grid, x, y, 4);
  if (version < 7) return;
  const bits = (version << 12) | checked(version, 12, 0x1f25);
  for (let i = 0; i < 18; i++) {
    const [far, near] = [size - 11 + (i % 3), Math.floor(i / 3)];
    grid[near][far] = grid[far][near] = ((bits >> i) & 1) === 1;
  }
}

/** @param {number} x @param {number} y @param {number} size @returns {boolean} whether a finder stands there */
function isCorner(x, y, size) {
  return (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6);
}

/** @param {number} version @returns {number[]} centres of alignment patterns along a side */
function alignmentsOf(version) {
  if (version < 2) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((4 * version + 4) / (2 * count - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => 4 * version + 10 - i * step).reverse()];
}

/** @param {(boolean | undefined)[][]} grid @param {number} cx @param {number} cy @param {number} reach 4: a finder with its white rim; 2: an alignment */
function drawRings(grid, cx, cy, reach) {
  for (let y = cy - reach; y <= cy + reach; y++) {
    for (let x = cx - reach; x <= cx + reach; x++) {
      const ring = Math.max(Math.abs(x - cx), Math.abs(y - cy));
      if (grid[y] && x >= 0 && x < grid.length) grid[y][x] = reach === 4 ? ring !== 2 && ring !== 4 : ring !== 1;
    }
  }
}

/** @param {(boolean | undefined)[][]} grid @param {number} mask level M is 00 */
function drawFormat(grid, mask) {
  const size = grid.length;
  const bits = ((mask << 10) | checked(mask, 10, 0x537)) ^ 0x5412;
  const around = [0, 1, 2, 3, 4, 5, 7, 8];
  for (let i = 0; i < 15; i++) {
    const dark = ((bits >> i) & 1) === 1;
    if (i < 8) grid[around[i]][8] = grid[8][size - 1 - i] = dark;
    else grid[8][around[14 - i]] = grid[size - 15 + i][8] = dark;
  }
  grid[size - 8][8] = true;
}

/** @param {number} value @param {number} length of the check @param {number} generator @returns {number} its check (BCH) */
function checked(value, length, generator) {
  let rest = value;
  for (let i = 0; i < length; i++) rest = (rest << 1) ^ ((rest >> (length - 1)) * generator);
  return rest;
}

/** Any mask can be read; one with few runs, blocks and little imbalance is read best. @param {boolean[][]} grid @returns {number} */
function penalty(grid) {
  let [sum, dark] = [0, 0];
  const size = grid.length;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const here = grid[y][x];
      if (here) dark++;
      if (x > 3 && [1, 2, 3, 4].every((i) => grid[y][x - i] === here)) sum++;
      if (y > 3 && [1, 2, 3, 4].every((i) => grid[y - i][x] === here)) sum++;
      if (x && y && grid[y][x - 1] === here && grid[y - 1][x] === here && grid[y - 1][x - 1] === here) sum += 3;
    }
  }
  return sum + Math.floor(Math.abs(dark / (size * size) - 0.5) * 20) * 10;
}
