// Where a person moves the camera: pointer, touch drag, keyboard and the device's tilt.

const STEP = 0.2; // of the reach, per key press
const TILT = 18; // degrees for the full reach
const KEYS = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

export class Hand {
  // x, y: −1 to 1, right and down. `changed` is called when they change, `toggled` on space,
  // `tilted` when the tilt is turned on or off.
  constructor(surface, { changed, toggled, tilted }) {
    this.x = this.y = 0;
    this.holds = false;
    this.tilts = false; // whether the device says how it is held
    this.tilted = null; // ends listening to it
    this.surface = surface;
    this.changed = changed;
    this.toggled = toggled;
    this.told = tilted;
    this.listening = new AbortController();
    const { signal } = this.listening;
    for (const kind of ["pointermove", "pointerdown", "pointerup", "pointercancel", "pointerleave"]) {
      surface.addEventListener(kind, (event) => this[`_${kind}`](event), { signal });
    }
    surface.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  stop() {
    this.listening.abort();
  }

  move(x, y) {
    // As far in a corner as along an axis: the engine chooses the amplitude for a circle, and farther
    // out edges would tear.
    const far = Math.max(1, Math.hypot(x, y));
    this.x = x / far;
    this.y = y / far;
    this.changed();
  }

  _pointermove(event) {
    if (event.pointerType === "touch") {
      if (!this.from) return;
      const { clientWidth, clientHeight } = this.surface;
      const [dx, dy] = [event.clientX - this.from.x, event.clientY - this.from.y];
      this.from.far ||= Math.hypot(dx, dy) > 8;
      // What is near follows the finger: the camera goes the other way.
      this.move(this.from.left - (2 * dx) / clientWidth, this.from.top - (2 * dy) / clientHeight);
      return;
    }
    const box = this.surface.getBoundingClientRect();
    this.holds = true;
    this.move(
      (2 * (event.clientX - box.left)) / box.width - 1,
      (2 * (event.clientY - box.top)) / box.height - 1,
    );
  }

  _pointerdown(event) {
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    this.holds = true;
    this.from = { x: event.clientX, y: event.clientY, left: this.x, top: this.y, far: false };
  }

  _pointerup(event) {
    if (this.from && !this.from.far) this.#tap();
    this._pointerleave(event);
  }

  _pointercancel(event) {
    this._pointerleave(event);
  }

  _pointerleave() {
    this.from = null;
    this.holds = false;
    this.changed();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in KEYS) {
      const [x, y] = KEYS[event.key];
      this.move(this.x + x, this.y + y);
    } else if (event.key === "Home") {
      this.move(0, 0);
    } else if (event.key === " ") {
      this.toggled();
    } else {
      return;
    }
    event.preventDefault();
  }

  // A tap lets the device's tilt move the camera; another one ends it. iOS asks the person first, and only
  // at once.
  async #tap() {
    if (this.tilted) {
      this.tilted.abort();
      this.tilted = null;
      this.tilts = false;
      this.told(false);
      return;
    }
    try {
      const answer = (await globalThis.DeviceOrientationEvent?.requestPermission?.()) ?? "granted";
      if (answer !== "granted" || this.listening.signal.aborted || this.tilted) return;
    } catch {
      return;
    }
    const tilted = new AbortController();
    this.tilted = tilted;
    this.listening.signal.addEventListener("abort", () => tilted.abort());
    const { follow } = await import("./tilt.js");
    const found = await follow(tilted.signal, (x, y) => {
      if (this.from) return;
      this.tilts = true;
      this.move(x / TILT, y / TILT);
    });
    if (found && !tilted.signal.aborted) this.told(true);
    else if (this.tilted === tilted) this.tilted = null;
  }
}
