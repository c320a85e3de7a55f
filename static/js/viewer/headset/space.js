// Where the picture hangs before somebody who wears a headset, and how each eye sees through it.
//
// The picture is a window: what is nearest lies in it, everything else behind. A window into a real room would
// shift what is seen with the eye, linear in inverse depth, and so does the engine's camera. All that is chosen
// here is how far the camera moves for a metre of the eye's way; the window itself stands still in the room.

import { Q_FAR, covers, largest } from "../camera.js";

export const SIZES = [1.6, 2.8]; // metres of the photo's long side; the first is 44 degrees wide
const DISTANCE = 2; // metres, where eyes rest
const EYES = 0.063; // metres between the eyes, for which the depth is chosen
const EYE_PARALLAX = 0.0225; // of the farthest, as a share of the long side, as in amena/engine/motion/eyes.py
const EYE_SHARE = 0.5; // of the camera's reach; the rest is for the head
const APART = 0.6; // by so much of the eyes' distance the farthest is seen apart, lest eyes turn outward
const LEVEL = 0.5; // sine of how far the head may look up or down for the window to hang level
const CLOSEST = 0.7; // share of the way to the window beyond which nothing changes any more

const minus = (a, b) => a.map((each, i) => each - b[i]);
const dot = (a, b) => a.reduce((sum, each, i) => sum + each * b[i], 0);
const unit = (a) => a.map((each) => each / Math.hypot(...a));
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];

// Up to `most`, slower and slower, so that nothing stops with a jerk.
const soft = (value, most) => (most > 0 ? most * Math.tanh(value / most) : 0);

// Two 4×4 matrices, column by column.
export function times(first, second) {
  return Array.from({ length: 16 }, (_, at) =>
    [0, 1, 2, 3].reduce((sum, i) => sum + first[(at % 4) + 4 * i] * second[4 * (at >> 2) + i], 0));
}

// The place before a head, given by its matrix in the room. Who lies down gets it above themselves.
export class Place {
  constructor(head) {
    this.home = [...head.slice(12, 15)];
    const looks = [...head.slice(8, 11)].map((each) => -each);
    this.ahead = unit(Math.abs(looks[1]) < LEVEL ? [looks[0], 0, looks[2]] : looks);
    const right = cross(this.ahead, [0, 1, 0]);
    this.right = Math.hypot(...right) > 0.1 ? unit(right) : [...head.slice(0, 3)];
    this.up = cross(this.right, this.ahead);
  }

  // A point of the room from home: metres to the right, up and ahead.
  from(point) {
    const way = minus(point, this.home);
    return [this.right, this.up, this.ahead].map((axis) => dot(axis, way));
  }

  // From −1…1 across and up to the room: a flat panel before home, `down` metres below its height.
  panel(halfWidth, halfHeight, down = 0) {
    const middle = this.home.map((each, i) => each + DISTANCE * this.ahead[i] - down * this.up[i]);
    const [x, y] = [this.right.map((each) => each * halfWidth), this.up.map((each) => each * halfHeight)];
    return [...x, 0, ...y, 0, 0, 0, 0, 0, ...middle, 1];
  }
}

// From a panel to what an eye sees of it. All that is drawn lies over each other in order, without depth.
export function onView(projection, view, panel) {
  return times(times(projection, view), panel).map((each, at) => (at % 4 === 2 ? 0 : each));
}

const rows = (x, y, m) => [[1, 0, x, -x], [0, 1, y, -y], [0, 0, 1 + m, -m]];

// Half the way that the engine lets the camera go.
const reachOf = (amplitude) => amplitude / (1 - Q_FAR) / 2;

// The poses of a camera for each of `eyes`, points in the place's own metres, around `head`: the middle
// between them when nobody moves. Beyond what the photo can bear the scene goes along with the head.
export function poses(head, eyes, amplitude, size) {
  const reach = reachOf(amplitude);
  const parallax = Math.min(EYE_SHARE * amplitude, EYE_PARALLAX, (APART * EYES) / size);
  const gain = parallax / (1 - Q_FAR) / EYES;
  return eyes.map((eye) => {
    const near = 1 / (1 - Math.min(eye[2] / DISTANCE, CLOSEST));
    const side = minus(eye, head).slice(0, 2).map((each) => each * gain * near);
    const apart = Math.min(1, (0.9 * reach) / Math.hypot(...side, 1e-9));
    const way = head.slice(0, 2).map((each) => each * gain * near);
    const far = Math.hypot(...way);
    const share = far ? soft(far, reach - apart * Math.hypot(...side)) / far : 0;
    const [x, y] = way.map((each, i) => share * each + apart * side[i]);
    const closer = Math.min(eye[2] / DISTANCE, CLOSEST) * near * gain * size;
    return rows(x, -y, soft(closer, 2 * reach));
  });
}

// The part of the photo, as a share a side, behind which no eye sees the scene's rim.
export function opening({ halfU, halfV, edge }, amplitude) {
  const reach = reachOf(amplitude);
  const farthest = [[1, 0], [-1, 0], [0, 1], [0, -1]].flatMap(([x, y]) =>
    [-2, 0, 2].map((m) => rows(x * reach, y * reach, m * reach)));
  return largest(1, (share) => farthest.every((each) => covers(each, share * halfU, share * halfV, edge)));
}
