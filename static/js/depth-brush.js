// <depth-brush depth="disparity.png" photo="thumbnail.jpg">: paints over a depth map. The form inside
// is sent with a picture of what was painted: 128 leaves a pixel as it is, brighter brings it
// nearer, darker takes it farther.

import { download } from "./download.js";
import { MIDDLE, Painting, STEPS } from "./depth-brush/painting.js";
import { Preview } from "./depth-brush/preview.js";
import { Pinch, Zoom } from "./depth-brush/zoom.js";

const LONGEST = 640; // pixels of the map's long side; the engine takes any size

class DepthBrush extends HTMLElement {
  #form;
  #canvas;
  #context;
  #painting = null; // until the pictures are there
  #last; // point of the stroke that is being painted
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
    this.#preview = new Preview(this.querySelector(".brush-preview"));
    // Pictures are loaded when somebody looks.
    new IntersectionObserver((entries, watching) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watching.disconnect();
      this.#load().catch(() => this.remove());
    }).observe(this);
    this.#listen();
  }

  async #load() {
    const [depth, photo] = await Promise.all(["depth", "photo"].map((name) =>
      picture(this.getAttribute(name))));
    const scale = Math.min(1, LONGEST / Math.max(depth.width, depth.height));
    this.#canvas.width = Math.round(depth.width * scale);
    this.#canvas.height = Math.round(depth.height * scale);
    this.#context = this.#canvas.getContext("2d", { willReadFrequently: true });
    const { width, height } = this.#canvas;
    this.#painting = new Painting(width, height, this.#pixels(depth), this.#pixels(photo));
    this.#preview.load(this.getAttribute("preview"));
    this.#show(this.#painting.everything);
    this.dataset.state = "ready";
  }

  #pixels(bitmap) {
    const { width, height } = this.#canvas;
    this.#context.drawImage(bitmap, 0, 0, width, height);
    return this.#context.getImageData(0, 0, width, height).data;
  }

  // --- What people do ---------------------------------------------------------------------------

  #listen() {
    const [canvas, form] = [this.#canvas, this.#form];
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.#painting || event.button) return;
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
      if (!this.#painting) return;
      this.#pinch.move(event);
      if (this.#pinch.on) {
        this.#look();
        return;
      }
      const place = this.#place(event);
      if (this.#painting.busy) this.#paint(place);
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
    form.mix.addEventListener("input", () => this.#painting && this.#show(this.#painting.everything));
    form.addEventListener("submit", (event) => this.#send(event));
    form.addEventListener("htmx:afterRequest", ({ detail }) => { this.unsent &&= !detail.successful; });
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * this.#canvas.width) / box.width,
      y: ((event.clientY - box.top) * this.#canvas.height) / box.height,
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
    if (!this.#painting) return;
    const step = Math.max(4, this.#radius() / 2);
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) {
      this.#do(event.shiftKey ? "redo" : "undo");
    } else if (event.key in moves) {
      const from = this.#cursor ?? { x: this.#canvas.width / 2, y: this.#canvas.height / 2 };
      const [x, y] = moves[event.key];
      const clamp = (value, most) => Math.min(most, Math.max(0, value));
      this.#point({
        x: clamp(from.x + x * step, this.#canvas.width),
        y: clamp(from.y + y * step, this.#canvas.height),
      });
    } else if (event.key === " " || event.key === "Enter") {
      const place = this.#cursor ?? { x: this.#canvas.width / 2, y: this.#canvas.height / 2 };
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
    if (!this.#painting) return;
    if (action === "closer" || action === "wider") {
      this.#look(action === "closer" ? 1.5 : 2 / 3);
      return;
    }
    this.#painting[action]();
    this.#changed();
    this.#painted(this.#painting.everything);
  }

  // --- Painting ---------------------------------------------------------------------------------

  #radius() {
    // Seen closer, it is as large on the screen and so finer in the picture.
    const { width, height } = this.#canvas;
    return ((Number(this.#form.size.value) / 200) * Math.max(width, height)) / this.#zoom.scale;
  }

  #begin() {
    this.#painting.begin();
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
    const tool = new FormData(this.#form).get("tool");
    const reach = (Number(this.#form.amount.value) / 100) * STEPS * (tool === "far" ? -1 : 1);
    const area = this.#painting.dab(x, y, {
      radius: this.#radius(),
      hard: 1 - Number(this.#form.softness.value) / 100,
      reach: tool === "erase" ? null : reach,
      edges: this.#form.edges.checked,
    });
    if (area) this.#painted(area);
  }

  // A second finger has come: the first one meant no stroke.
  #abandon() {
    if (!this.#painting?.busy) return;
    this.#painting.abandon();
    this.#changed();
    this.#painted(this.#painting.everything);
  }

  #end() {
    if (!this.#painting?.busy) return;
    this.#painting.end();
    this.#changed();
  }

  #changed() {
    const { canUndo, canRedo, painted } = this.#painting;
    const buttons = { undo: canUndo, redo: canRedo, clear: painted };
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
    const { width, depth, photo, map } = this.#painting;
    const mix = this.#form.mix.checked ? 0.3 : 0;
    let to = 0;
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        const at = row * width + column;
        const grey = depth[4 * at] + ((map[at] - MIDDLE) * 255) / STEPS;
        const near = Math.min(255, Math.max(0, grey)) * (1 - mix);
        image.data[to] = near + photo[4 * at] * mix;
        image.data[to + 1] = near + photo[4 * at + 1] * mix;
        image.data[to + 2] = near + photo[4 * at + 2] * mix;
        image.data[to + 3] = 255;
        to += 4;
      }
    }
    this.#context.putImageData(image, left, top);
  }

  #painted(area) {
    this.#show(area);
    const { width, height, depth, map } = this.#painting;
    this.#preview.show(width, height, depth, map);
  }

  // The ring that shows where the brush is and how large.
  #point(place) {
    if (!this.#painting) return;
    if (this.#cursor) {
      const radius = this.#ring + 3;
      this.#show({
        left: Math.max(0, Math.floor(this.#cursor.x - radius)),
        right: Math.min(this.#canvas.width, Math.ceil(this.#cursor.x + radius)),
        top: Math.max(0, Math.floor(this.#cursor.y - radius)),
        bottom: Math.min(this.#canvas.height, Math.ceil(this.#cursor.y + radius)),
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
    if (!this.#painting || this.#painting.busy) return;
    const names = ["mode", ...[...this.#form.querySelectorAll("[data-chosen]")].map(({ name }) => name)];
    const values = Object.fromEntries(names.map((name) => [name, this.#form[name].value]));
    values.picture = new File([await this.#painting.png()], "brush.png", { type: "image/png" });
    htmx.ajax("POST", this.#form.getAttribute("action"), {
      source: this.#form, target: "#work", swap: "outerHTML", values,
    });
  }
}

// Downloaded, so that a bucket's answer does not lock the canvas.
async function picture(address) {
  return createImageBitmap(await download(address), { colorSpaceConversion: "none" });
}

// What is painted and not sent is asked for before it is lost.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("depth-brush")?.unsent) event.preventDefault();
});

customElements.define("depth-brush", DepthBrush);
