// Beside the brush, the 3D view as it would be with what is painted. Only what is seen of the photo moves, not
// what lies hidden behind it: the engine cuts and fills anew when the photo is remade.

import { Q_FAR } from "../viewer/camera.js";
import { MIDDLE, STEPS } from "./painting.js";

const COPIED = ["src", "width", "height", "motion", "amplitude", "focus", "frame", "duration", "blur", "vignette"];
const SAME = 0.1; // of disparity, by which a vertex may differ from the map and still be what the map shows

export class Preview {
  #place;
  #view = document.createElement("photo-3d");
  #shown = document.getElementById("viewer");
  #asked = 0;
  #painted;

  constructor(place) {
    this.#place = place;
  }

  load(label) {
    for (const name of COPIED) {
      const value = this.#shown.getAttribute(name);
      if (value) this.#view.setAttribute(name, value);
    }
    this.#view.setAttribute("label", label);
    this.#view.addEventListener("load", () => this.#reshape());
    this.#view.addEventListener("error", () => this.#place.remove()); // the brush works without it
    this.#place.append(this.#view);
  }

  // width, height: of both; depth: RGBA of the map before; map: what is painted.
  show(width, height, depth, map) {
    this.#painted = { width, height, depth, map };
    // A stroke comes in many dabs.
    this.#asked ||= requestAnimationFrame(() => this.#reshape());
  }

  #reshape() {
    this.#asked = 0;
    if (this.#painted) this.#view.reshape((points) => moved(points, this.#painted));
  }
}

// Points (u, v, q) as they are with what is painted.
function moved(points, { width, height, depth, map }) {
  const changed = points.slice();
  const long = Math.max(width, height);
  for (let i = 0; i < points.length; i += 3) {
    const x = Math.min(width - 1, Math.max(0, Math.floor(points[i] * long + width / 2)));
    const y = Math.min(height - 1, Math.max(0, Math.floor(points[i + 1] * long + height / 2)));
    const at = y * width + x;
    if (map[at] === MIDDLE) continue;
    const disparity = (points[i + 2] - Q_FAR) / (1 - Q_FAR);
    if (Math.abs(disparity - depth[4 * at] / 255) > SAME) continue;
    const painted = Math.min(1, Math.max(0, disparity + (map[at] - MIDDLE) / STEPS));
    changed[i + 2] = Q_FAR + (1 - Q_FAR) * painted;
  }
  return changed;
}
