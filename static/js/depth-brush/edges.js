// Region growing: what belongs to the place that was touched.

const DEPTH_STEP = 5; // levels of 255 between two neighbours, which make an edge
const COLOUR_STEP = 24;
const DEPTH_RANGE = 40; // from the depth of the place itself, so that no slope leads out of it

// A mask of `area` (rows of its width, 1 where it belongs) around the pixel `x`, `y`. `depth` and `photo` are
// RGBA of a picture `width` wide.
export function reached(depth, photo, width, area, x, y) {
  const columns = area.right - area.left;
  const mask = new Uint8Array(columns * (area.bottom - area.top));
  const clamp = (value, from, to) => Math.min(to - 1, Math.max(from, Math.floor(value)));
  const first = clamp(y, area.top, area.bottom) * width + clamp(x, area.left, area.right);
  const place = (at) => (Math.floor(at / width) - area.top) * columns + (at % width) - area.left;
  const apart = (from, to) => {
    const colour = Math.max(...[0, 1, 2].map((band) => Math.abs(photo[4 * from + band] - photo[4 * to + band])));
    return (
      Math.abs(depth[4 * from] - depth[4 * to]) > DEPTH_STEP ||
      colour > COLOUR_STEP ||
      Math.abs(depth[4 * first] - depth[4 * to]) > DEPTH_RANGE
    );
  };
  const waiting = [first];
  mask[place(first)] = 1;
  while (waiting.length) {
    const at = waiting.pop();
    const [column, row] = [at % width, Math.floor(at / width)];
    const next = [];
    if (column > area.left) next.push(at - 1);
    if (column < area.right - 1) next.push(at + 1);
    if (row > area.top) next.push(at - width);
    if (row < area.bottom - 1) next.push(at + width);
    next.forEach((each) => {
      if (mask[place(each)] || apart(at, each)) return;
      mask[place(each)] = 1;
      waiting.push(each);
    });
  }
  return mask;
}
