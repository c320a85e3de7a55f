// The engine's camera (amena/engine/geometry/camera.py): the same motions, the same lens shift.
//
// A point of the photo is (u, v, q): its place from the centre in units of the long side, and its
// inverse depth. A pose is three rows of four numbers; they send (u, v, 1, q) to homogeneous image
// coordinates, so parallax is linear in q and the focus plane stays where it is.

export const Q_FAR = 0.2;

const { cos, hypot, sin, PI } = Math;

// Where the camera is, in units in which 1 is the amplitude's full reach.
export const REST = Object.freeze({ x: 0, y: 0, z: 0, turn: 0, hold: 0, zoom: 1 });

const thereAndBack = (phase) => (1 - cos(phase)) / 2;

// Phase (0 to 2π) of the loop → what differs from rest.
const PATHS = {
  circle: (p) => ({ x: cos(p) / 2, y: sin(p) / 2 }),
  swing: (p) => ({ x: sin(p) / 2, z: 0.25 * (cos(2 * p) - 1), y: -0.1 * sin(2 * p) }),
  "zoom-in": (p) => ({ z: 1.6 * thereAndBack(p), zoom: 1 + 0.04 * thereAndBack(p) }),
  "dolly-zoom": (p) => ({ z: 1.6 * thereAndBack(p), hold: 1 }),
  orbit: (p) => ({ x: sin(p) / 2, y: 0.15 * cos(p), turn: 1 }),
  horizontal: (p) => ({ x: sin(p) / 2 }),
  vertical: (p) => ({ y: sin(p) / 2 }),
  "ken-burns": (p) => ({ x: 0.4 * sin(p), y: -0.15 * sin(p), zoom: 1.03 + 0.05 * thereAndBack(p) }),
};

export const MOTIONS = Object.keys(PATHS);

export const moveAt = (motion, phase) => ({ ...REST, ...(PATHS[motion] ?? PATHS.circle)(phase) });

// From one move to another; share 0 is the first, 1 the second.
export function between(first, second, share) {
  const mixed = {};
  for (const key of Object.keys(REST)) mixed[key] = first[key] + (second[key] - first[key]) * share;
  return mixed;
}

export const inverseDepth = (disparity) => Q_FAR + (1 - Q_FAR) * disparity;

// The pose of a camera moved by `move`, as far as `amplitude` (a share of the long side) says,
// with the plane of disparity `focus` held still.
export function pose(move, amplitude, focus) {
  const reach = amplitude / (1 - Q_FAR);
  const focusDepth = 1 / inverseDepth(focus);
  const [x, y, z] = [move.x * reach, move.y * reach, move.z * reach];
  const distance = focusDepth - z;
  const scale = move.zoom * (1 + move.hold * (distance / focusDepth - 1));
  const shift = [
    [1, 0, x / distance],
    [0, 1, y / distance],
    [0, 0, 1],
  ];
  const turned = move.turn ? lookAt(x, y, distance) : shift;
  return shift.map((row, i) => {
    const [a, b, c] = row.map((value, j) => value + (turned[i][j] - value) * move.turn);
    const size = i < 2 ? scale : 1;
    return [a * size, b * size, c * size, -(a * x + b * y + c * z) * size];
  });
}

// The pose as seen in a frame: magnified by `zoom` around (x, y).
export function framed([right, down, ahead], { zoom, x, y }) {
  const moved = (row, by) => row.map((value, i) => zoom * (value - by * ahead[i]));
  return [moved(right, x), moved(down, y), ahead];
}

// The rotation that brings the focus point, `distance` ahead of (0, 0), to the middle.
function lookAt(x, y, distance) {
  const unit = (v) => v.map((each) => each / hypot(...v));
  const forward = unit([-x, -y, distance]);
  const right = unit([forward[2], 0, -forward[0]]);
  const down = [
    forward[1] * right[2] - forward[2] * right[1],
    forward[2] * right[0] - forward[0] * right[2],
    forward[0] * right[1] - forward[1] * right[0],
  ];
  return [right, down, forward];
}

// Whether a frame of half size (halfU, halfV) shows nothing beyond the canvas. `edge` says where
// the canvas ends (u, v) and between which inverse depths (near, far) its rim lies.
export function covers(rows, halfU, halfV, edge) {
  return [edge.far, edge.near].every((q) => {
    const [a, b, c] = rows.map((row) => [row[0], row[1], row[2] + q * row[3]]);
    return [-1, 1].every((su) => [-1, 1].every((sv) => {
      const [u, v] = solve(a, b, c, su * halfU, sv * halfV);
      return Math.abs(u) <= edge.u && Math.abs(v) <= edge.v;
    }));
  });
}

// The pose of `move` as seen in the frame `part` of half size [u, v], brought back towards rest as far as it takes
// to show nothing beyond the canvas.
export function fitted(move, { amplitude, plane, part }, [u, v], edge) {
  const rows = (share) => framed(pose(between(REST, move, share), amplitude, plane), part);
  return rows(largest(1, (share) => covers(rows(share), u, v, edge)));
}

// The (u, v) that the plane's homography, given by rows, sends to (s, t).
function solve(a, b, c, s, t) {
  const m = [a[0] - s * c[0], a[1] - s * c[1], s * c[2] - a[2]];
  const n = [b[0] - t * c[0], b[1] - t * c[1], t * c[2] - b[2]];
  const scale = m[0] * n[1] - m[1] * n[0];
  return [(m[2] * n[1] - m[1] * n[2]) / scale, (m[0] * n[2] - m[2] * n[0]) / scale];
}

// The largest amplitude up to `most` at which every motion keeps the frame covered.
export function largestAmplitude(most, focus, halfU, halfV, edge) {
  const moves = MOTIONS.flatMap((motion) =>
    Array.from({ length: 16 }, (_, step) => moveAt(motion, (step * PI) / 8)));
  const fits = (amplitude) =>
    moves.every((move) => covers(pose({ ...move, zoom: 1 }, amplitude, focus), halfU, halfV, edge));
  return largest(most, fits);
}

// The largest number up to `most`, to one part in 500, for which `fits` holds; 0 if none does.
export function largest(most, fits) {
  if (fits(most)) return most;
  let [low, high] = [0, most];
  for (let step = 0; step < 9; step += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
