// <depth-brush depth="disparity.png" photo="thumbnail.jpg">: paints over a depth map. The form inside
// is sent with a picture of what was painted: 128 leaves a pixel as it is, brighter brings it
// nearer, darker takes it farther.

import { reached } from "./depth-brush/edges.js";
import { Preview } from "./depth-brush/preview.js";
import { Pinch, Zoom } from "./depth-brush/zoom.js";

const MIDDLE = 128;
const LONGEST = 640; // pixels of the map's long side; the engine takes any size
const HISTORY = 30;

class DepthBrush extends HTMLElement {
  #form;
  #canvas;
  #context;
  #width;
  #height;
  #depth; // RGBA of the depth map
  #photo; // RGBA of the photo
  #map; // what is painted
  #past = [];
  #future = [];
  #before = null; // the map before the stroke that is being painted
  #touched; // how far that stroke has gone, 0 to 1
  #last; // its last point
  #cursor = null;
  #zoom;
  #pinch;
  #preview;
  #ring = 0; // radius that the brush was last shown with

  connectedCallback() {
    if (this.#form) return;
    this.#form = this.querySelector("form");
    this.#canvas = this.querySelector("canvas");
    this.#zoom = new Zoom(this.#canvas);
    this.#pinch = new Pinch(this.#zoom);
    this.#preview = new Preview(this.querySelector(".brush-frame"));
    this.hidden = false;
    // Pictures are loaded when somebody looks.
    new IntersectionObserver((entries, watching) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watching.disconnect();
      this.#load().catch(() => { this.hidden = true; });
    }).observe(this);
    this.#listen();
  }

  async #load() {
    const [depth, photo] = await Promise.all(["depth", "photo"].map((name) =>
      picture(this.getAttribute(name))));
    const scale = Math.min(1, LONGEST / Math.max(depth.width, depth.height));
    this.#width = Math.round(depth.width * scale);
    this.#height = Math.round(depth.height * scale);
    this.#canvas.width = this.#width;
    this.#canvas.height = this.#height;
    this.#context = this.#canvas.getContext("2d", { willReadFrequently: true });
    this.#depth = this.#pixels(depth);
    this.#photo = this.#pixels(photo);
    this.#map = new Uint8ClampedArray(this.#width * this.#height).fill(MIDDLE);
    this.#preview.load(this.getAttribute("preview"));
    this.#show(this.#everything());
    this.dataset.state = "ready";
  }

  #pixels(bitmap) {
    this.#context.drawImage(bitmap, 0, 0, this.#width, this.#height);
    return this.#context.getImageData(0, 0, this.#width, this.#height).data;
  }

  #everything() {
    return { left: 0, top: 0, right: this.#width, bottom: this.#height };
  }

  // --- What people do ---------------------------------------------------------------------------

  #listen() {
    const [canvas, form] = [this.#canvas, this.#form];
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.#map || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      if (this.#pinch.down(event)) {
        this.#abandon();
        return;
      }
      this.#begin();
      this.#paint(this.#place(event));
      event.preventDefault();
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.#map) return;
      this.#pinch.move(event);
      if (this.#pinch.on) {
        this.#look();
        return;
      }
      const place = this.#place(event);
      if (this.#before) this.#paint(place);
      this.#point(place);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, (event) => {
        this.#pinch.up(event);
        this.#end();
      });
    }
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("pointerleave", () => this.#point(null));
    canvas.addEventListener("blur", () => this.#point(null));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("click", ({ target }) => {
      const action = target.closest("[data-do]")?.dataset.do;
      if (action) this.#do(action);
    });
    form.mix.addEventListener("input", () => this.#map && this.#show(this.#everything()));
    form.addEventListener("submit", (event) => this.#send(event));
    form.addEventListener("htmx:afterRequest", ({ detail }) => { this.unsent &&= !detail.successful; });
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * this.#width) / box.width,
      y: ((event.clientY - box.top) * this.#height) / box.height,
    };
  }

  // As in maps: with Ctrl closer or wider, which is also what touchpads send for a pinch.
  #wheel(event) {
    const closer = event.ctrlKey || event.metaKey;
    if (!closer && this.#zoom.scale === 1) return;
    event.preventDefault();
    if (closer) this.#zoom.by(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
    else this.#zoom.move(-event.deltaX, -event.deltaY);
    this.#look();
  }

  #look(factor = 1) {
    if (factor !== 1) this.#zoom.by(factor);
    this.querySelector("[data-do=closer]").disabled = this.#zoom.most;
    this.querySelector("[data-do=wider]").disabled = this.#zoom.scale === 1;
    this.#point(null);
  }

  #key(event) {
    if (!this.#map) return;
    const step = Math.max(4, this.#radius() / 2);
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) {
      this.#do(event.shiftKey ? "redo" : "undo");
    } else if (event.key in moves) {
      const from = this.#cursor ?? { x: this.#width / 2, y: this.#height / 2 };
      const [x, y] = moves[event.key];
      const clamp = (value, most) => Math.min(most, Math.max(0, value));
      this.#point({
        x: clamp(from.x + x * step, this.#width),
        y: clamp(from.y + y * step, this.#height),
      });
    } else if (event.key === " " || event.key === "Enter") {
      const place = this.#cursor ?? { x: this.#width / 2, y: this.#height / 2 };
      this.#begin();
      this.#paint(place);
      this.#end();
      this.#point(place);
    } else if (["+", "=", "-", "0"].includes(event.key) && !event.ctrlKey && !event.metaKey) {
      this.#look({ "-": 2 / 3, 0: 0 }[event.key] ?? 1.5);
    } else if (event.key === "[" || event.key === "]") {
      this.#form.size.value = Number(this.#form.size.value) + (event.key === "]" ? 4 : -4);
      this.#point(this.#cursor);
    } else {
      return;
    }
    event.preventDefault();
  }

  #do(action) {
    if (!this.#map) return;
    if (action === "closer" || action === "wider") {
      this.#look(action === "closer" ? 1.5 : 2 / 3);
      return;
    }
    if (action === "clear") {
      this.#remember();
      this.#map = this.#map.slice().fill(MIDDLE);
    } else {
      const [from, to] = action === "undo" ? [this.#past, this.#future] : [this.#future, this.#past];
      if (!from.length) return;
      to.push(this.#map);
      this.#map = from.pop();
    }
    this.#changed();
    this.#painted(this.#everything());
  }

  // --- Painting ---------------------------------------------------------------------------------

  #radius() {
    // Seen closer, it is as large on the screen and so finer in the picture.
    return ((Number(this.#form.size.value) / 200) * Math.max(this.#width, this.#height)) / this.#zoom.scale;
  }

  #remember() {
    this.#past.push(this.#map);
    if (this.#past.length > HISTORY) this.#past.shift();
    this.#future = [];
  }

  // Within one stroke a pixel gets what the brush's middle gave it at most, however often it passes.
  #begin() {
    this.#remember();
    this.#before = this.#map;
    this.#map = this.#map.slice();
    this.#touched = new Float32Array(this.#map.length);
    this.#last = null;
  }

  #paint(place) {
    const from = this.#last ?? place;
    const distance = Math.hypot(place.x - from.x, place.y - from.y);
    const dabs = Math.max(1, Math.ceil(distance / Math.max(1, this.#radius() / 4)));
    for (let dab = 1; dab <= dabs; dab += 1) {
      const share = dab / dabs;
      this.#dab(from.x + (place.x - from.x) * share, from.y + (place.y - from.y) * share);
    }
    this.#last = place;
  }

  #dab(x, y) {
    const radius = this.#radius();
    const hard = 1 - Number(this.#form.softness.value) / 100;
    const tool = new FormData(this.#form).get("tool");
    const reach = (Number(this.#form.amount.value) / 100) * 127 * (tool === "far" ? -1 : 1);
    const area = {
      left: Math.max(0, Math.floor(x - radius)),
      right: Math.min(this.#width, Math.ceil(x + radius) + 1),
      top: Math.max(0, Math.floor(y - radius)),
      bottom: Math.min(this.#height, Math.ceil(y + radius) + 1),
    };
    const columns = area.right - area.left;
    if (columns <= 0 || area.bottom <= area.top) return;
    const inside = this.#form.edges.checked
      ? reached(this.#depth, this.#photo, this.#width, area, x, y)
      : null;
    for (let row = area.top; row < area.bottom; row += 1) {
      for (let column = area.left; column < area.right; column += 1) {
        if (inside && !inside[(row - area.top) * columns + column - area.left]) continue;
        const from = Math.hypot(column + 0.5 - x, row + 0.5 - y) / radius;
        if (from >= 1) continue;
        const at = row * this.#width + column;
        const edge = Math.min(1, (1 - from) / Math.max(1e-3, 1 - hard));
        const share = Math.max(this.#touched[at], edge * edge * (3 - 2 * edge));
        this.#touched[at] = share;
        const before = this.#before[at];
        this.#map[at] = tool === "erase" ? before + (MIDDLE - before) * share : before + reach * share;
      }
    }
    this.#painted(area);
  }

  // A second finger has come: the first one meant no stroke.
  #abandon() {
    if (!this.#before) return;
    this.#map = this.#past.pop();
    this.#end();
    this.#painted(this.#everything());
  }

  #end() {
    if (!this.#before) return;
    this.#before = this.#touched = this.#last = null;
    this.#changed();
  }

  #changed() {
    const buttons = { undo: this.#past.length, redo: this.#future.length };
    const painted = this.#map.some((value) => value !== MIDDLE);
    buttons.clear = painted;
    for (const [name, can] of Object.entries(buttons)) {
      this.querySelector(`[data-do="${name}"]`).disabled = !can;
    }
    this.#form.querySelector("button.main").disabled = !painted;
    this.unsent = painted;
  }

  // --- Showing ----------------------------------------------------------------------------------

  #show({ left, top, right, bottom }) {
    if (right <= left || bottom <= top) return;
    const image = this.#context.createImageData(right - left, bottom - top);
    const mix = this.#form.mix.checked ? 0.3 : 0;
    let to = 0;
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        const at = row * this.#width + column;
        const grey = this.#depth[4 * at] + ((this.#map[at] - MIDDLE) * 255) / 127;
        const near = Math.min(255, Math.max(0, grey)) * (1 - mix);
        image.data[to] = near + this.#photo[4 * at] * mix;
        image.data[to + 1] = near + this.#photo[4 * at + 1] * mix;
        image.data[to + 2] = near + this.#photo[4 * at + 2] * mix;
        image.data[to + 3] = 255;
        to += 4;
      }
    }
    this.#context.putImageData(image, left, top);
  }

  #painted(area) {
    this.#show(area);
    this.#preview.show(this.#width, this.#height, this.#depth, this.#map);
  }

  // The ring that shows where the brush is and how large.
  #point(place) {
    if (!this.#map) return;
    if (this.#cursor) {
      const radius = this.#ring + 3;
      this.#show({
        left: Math.max(0, Math.floor(this.#cursor.x - radius)),
        right: Math.min(this.#width, Math.ceil(this.#cursor.x + radius)),
        top: Math.max(0, Math.floor(this.#cursor.y - radius)),
        bottom: Math.min(this.#height, Math.ceil(this.#cursor.y + radius)),
      });
    }
    this.#cursor = place;
    if (!place) return;
    this.#ring = this.#radius();
    for (const [colour, width] of [["#1b2024", 3], ["#fff", 1.5]]) {
      this.#context.beginPath();
      this.#context.arc(place.x, place.y, this.#ring, 0, 2 * Math.PI);
      this.#context.strokeStyle = colour;
      this.#context.lineWidth = width;
      this.#context.stroke();
    }
  }

  // --- Sending ----------------------------------------------------------------------------------

  async #send(event) {
    event.preventDefault();
    if (!this.#map || this.#before) return;
    const names = ["mode", ...[...this.#form.querySelectorAll("[data-chosen]")].map(({ name }) => name)];
    const values = Object.fromEntries(names.map((name) => [name, this.#form[name].value]));
    values.picture = new File([await this.#file()], "brush.png", { type: "image/png" });
    htmx.ajax("POST", this.#form.getAttribute("action"), {
      source: this.#form, target: "#work", swap: "outerHTML", values,
    });
  }

  // The map as a grey PNG.
  #file() {
    const canvas = document.createElement("canvas");
    canvas.width = this.#width;
    canvas.height = this.#height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(this.#width, this.#height);
    this.#map.forEach((value, at) => image.data.set([value, value, value, 255], 4 * at));
    context.putImageData(image, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }
}

// Read by fetch, so that a bucket's answer does not lock the canvas.
async function picture(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`The picture cannot be loaded (${answer.status}).`);
  return createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
}

// What is painted and not sent is asked for before it is lost.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("depth-brush")?.unsent) event.preventDefault();
});

customElements.define("depth-brush", DepthBrush);
