// What is painted: for each pixel of the map a number, stroke by stroke, with undo and redo.

import { reached } from "./edges.js";

export const MIDDLE = 128; // leaves a pixel as it is; brighter is nearer
export const STEPS = 127; // from there to the nearest, as the engine reads it
const HISTORY = 30;

export class Painting {
  #past = [];
  #future = [];
  #before = null; // the map before the stroke that is being painted
  #touched; // how far that stroke has gone, 0 to 1

  // depth, photo: RGBA of the map and of the photo, width × height pixels.
  constructor(width, height, depth, photo) {
    this.width = width;
    this.height = height;
    this.depth = depth;
    this.photo = photo;
    this.map = new Uint8ClampedArray(width * height).fill(MIDDLE);
  }

  // Whether a stroke is being painted.
  get busy() { return this.#before !== null; }
  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }
  get painted() { return this.map.some((value) => value !== MIDDLE); }
  get everything() { return { left: 0, top: 0, right: this.width, bottom: this.height }; }

  // Within one stroke a pixel gets what the brush's middle gave it at most, however often it passes.
  begin() {
    this.#remember();
    this.#before = this.map;
    this.map = this.map.slice();
    this.#touched = new Float32Array(this.map.length);
  }

  // One touch of a brush `radius` pixels large, even from its middle out to a share `hard` of it. `reach`:
  // what its middle adds; null: it erases. `edges`: it stops at edges. The area that may have changed.
  dab(x, y, { radius, hard, reach, edges }) {
    const area = {
      left: Math.max(0, Math.floor(x - radius)),
      right: Math.min(this.width, Math.ceil(x + radius) + 1),
      top: Math.max(0, Math.floor(y - radius)),
      bottom: Math.min(this.height, Math.ceil(y + radius) + 1),
    };
    const columns = area.right - area.left;
    if (columns <= 0 || area.bottom <= area.top) return null;
    const inside = edges ? reached(this.depth, this.photo, this.width, area, x, y) : null;
    for (let row = area.top; row < area.bottom; row += 1) {
      for (let column = area.left; column < area.right; column += 1) {
        if (inside && !inside[(row - area.top) * columns + column - area.left]) continue;
        const from = Math.hypot(column + 0.5 - x, row + 0.5 - y) / radius;
        if (from >= 1) continue;
        const at = row * this.width + column;
        const edge = Math.min(1, (1 - from) / Math.max(1e-3, 1 - hard));
        const share = Math.max(this.#touched[at], edge * edge * (3 - 2 * edge));
        this.#touched[at] = share;
        const before = this.#before[at];
        this.map[at] = reach === null ? before + (MIDDLE - before) * share : before + reach * share;
      }
    }
    return area;
  }

  end() {
    this.#before = this.#touched = null;
  }

  // As if the stroke had not begun.
  abandon() {
    this.map = this.#past.pop();
    this.end();
  }

  clear() {
    this.#remember();
    this.map = this.map.slice().fill(MIDDLE);
  }

  undo() {
    this.#back(this.#past, this.#future);
  }

  redo() {
    this.#back(this.#future, this.#past);
  }

  // The map as a grey PNG.
  png() {
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = this.height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    this.map.forEach((value, at) => image.data.set([value, value, value, 255], 4 * at));
    context.putImageData(image, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #remember() {
    this.#past.push(this.map);
    if (this.#past.length > HISTORY) this.#past.shift();
    this.#future = [];
  }

  #back(from, to) {
    if (!from.length) return;
    to.push(this.map);
    this.map = from.pop();
  }
}
