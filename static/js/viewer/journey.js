// Where the camera is: the hand moves it, or else the motion, and from one to the other it glides.

import { between, moveAt, REST } from "./camera.js";

const HAND_TIME = 0.13; // s in which the camera follows the hand
const BLEND_TIME = 1.1; // s from hand to motion
const TAKE_TIME = 0.35; // s from motion to hand

export class Journey {
  phase = 0; // of the motion, 0 to 2π in a loop
  #blend = 0; // 0: the hand moves the camera, 1: the motion does
  #at = { ...REST }; // where the hand has brought the camera

  // Whether the hand has no part in it.
  get alone() { return this.#blend === 1; }

  // Stays at `move`.
  hold(move) {
    this.#blend = 0;
    this.#at = move;
  }

  // Goes on with the motion, of whose loop `share` has passed.
  follow(share) {
    this.phase = 2 * Math.PI * share;
    this.#blend = 1;
  }

  // `passed` seconds on: by the motion (`auto`), which takes `duration` seconds a loop, or to where the hand
  // wants it. Says whether it has arrived there.
  step(passed, { auto, wanted, duration }) {
    const step = passed / (auto ? BLEND_TIME : TAKE_TIME);
    this.#blend = auto ? Math.min(this.#blend + step, 1) : Math.max(this.#blend - step, 0);
    if (auto) this.phase += (passed * 2 * Math.PI) / duration;
    this.#at = between(this.#at, wanted, 1 - Math.exp(-passed / HAND_TIME));
    return !this.#blend && Math.hypot(this.#at.x - wanted.x, this.#at.y - wanted.y) < 1e-4;
  }

  // The move, in units of the full reach.
  now(motion) {
    const share = this.#blend * this.#blend * (3 - 2 * this.#blend);
    return share ? between(this.#at, moveAt(motion, this.phase), share) : this.#at;
  }
}
