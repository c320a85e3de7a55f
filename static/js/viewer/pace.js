// How well the device keeps up: one that cannot gets fewer pixels while things move, and all at rest.

const USUAL = 0.016; // s a frame, before anything is known
const SLOW = 0.04; // s a frame, beyond which moving frames are drawn with fewer pixels
const COARSEST = 0.5; // share of the pixels a side, below which it would look blurred
const TOO_SLOW = 0.05; // s a frame, beyond which such a device shows the film instead

export class Pace {
  detail = 1; // share of the pixels a side that is drawn while moving
  #lately = USUAL; // s a frame

  // A frame has taken `passed` seconds (0: unknown). Says whether those that follow have fewer pixels.
  took(passed) {
    if (passed) this.#lately += (passed - this.#lately) * 0.1;
    if (this.#lately <= SLOW || this.detail <= COARSEST) return false;
    this.detail *= 0.8;
    this.#lately = USUAL;
    return true;
  }

  // Whether even the fewest pixels are too many. Asked again only when more frames have been drawn.
  gaveUp() {
    if (this.detail > COARSEST || this.#lately <= TOO_SLOW) return false;
    this.#lately = USUAL;
    return true;
  }

  // Nothing moves. Says whether the next frame has more pixels.
  rest() {
    if (this.detail === 1) return false;
    this.detail = 1;
    return true;
  }
}
