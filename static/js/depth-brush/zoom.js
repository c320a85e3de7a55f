// Looks closer at a canvas within its frame, which cuts off what is outside.

const MOST = 8;

export class Zoom {
  scale = 1;
  #left = 0; // px by which the canvas is moved in its frame
  #top = 0;

  constructor(canvas) {
    this.canvas = canvas;
    this.frame = canvas.parentNode;
  }

  get most() {
    return this.scale >= MOST;
  }

  // `factor` times as close; what is at `x` and `y` of the window stays there, by default the middle.
  by(factor, x, y) {
    const box = this.frame.getBoundingClientRect();
    const at = [(x ?? box.left + box.width / 2) - box.left, (y ?? box.top + box.height / 2) - box.top];
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    this.#left = at[0] - ((at[0] - this.#left) * scale) / this.scale;
    this.#top = at[1] - ((at[1] - this.#top) * scale) / this.scale;
    this.scale = scale;
    this.move(0, 0);
  }

  move(x, y) {
    const { width, height } = this.frame.getBoundingClientRect();
    this.#left = Math.min(0, Math.max(width * (1 - this.scale), this.#left + x));
    this.#top = Math.min(0, Math.max(height * (1 - this.scale), this.#top + y));
    this.canvas.style.transform = `translate(${this.#left}px, ${this.#top}px) scale(${this.scale})`;
  }
}

// Two fingers on an element: zoom and move together.
export class Pinch {
  #fingers = new Map();
  #last = null;

  constructor(zoom) {
    this.zoom = zoom;
  }

  get on() {
    return Boolean(this.#last);
  }

  // Whether this is the second finger.
  down({ pointerId, pointerType, clientX, clientY }) {
    if (pointerType !== "touch") return false;
    this.#fingers.set(pointerId, [clientX, clientY]);
    if (this.#fingers.size === 2) this.#last = this.#now();
    return this.on;
  }

  move({ pointerId, clientX, clientY }) {
    if (!this.#fingers.has(pointerId)) return;
    this.#fingers.set(pointerId, [clientX, clientY]);
    if (!this.on || this.#fingers.size < 2) return;
    const now = this.#now();
    this.zoom.move(now.x - this.#last.x, now.y - this.#last.y);
    this.zoom.by(now.apart / this.#last.apart, now.x, now.y);
    this.#last = now;
  }

  // It is over once both are gone: the one that is left does not paint.
  up({ pointerId }) {
    this.#fingers.delete(pointerId);
    if (!this.#fingers.size) this.#last = null;
  }

  #now() {
    const [[ax, ay], [bx, by]] = this.#fingers.values();
    return { x: (ax + bx) / 2, y: (ay + by) / 2, apart: Math.max(1, Math.hypot(ax - bx, ay - by)) };
  }
}
