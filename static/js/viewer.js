// <photo-3d src="scene.glb" amplitude="0.03" focus="0.5" motion="circle" label="…">: a 3D photo made
// by Amena that moves with the pointer, a finger, the arrow keys or the device, and by itself while
// nobody does. A <video> or <img> inside is shown until the scene is there, and where it cannot be.
//
// Attributes: src; width and height (its shape, unless a style sheet says it); label (its accessible
// name); amplitude (share of the long side); focus (disparity that stays still); motion; duration
// (seconds of a loop); view (3d, still or depth); still (does not move by itself); mark (tints the
// plane in focus); blur and vignette (0 to 1, as in the video); label-pause and label-play, label-full
// and label-leave (names of the buttons, which there are with both); hint (what fingers can do) and
// hint-tilt (that the tilt is on); headset (words for headsets, which templates/_headset.html has).
// Events: load, error, change (playing or not).

import { download } from "./download.js";
import { Attributes } from "./viewer/attributes.js";
import { fitted, largestAmplitude, REST } from "./viewer/camera.js";
import { addButtons, addHint } from "./viewer/controls.js";
import { Film } from "./viewer/film.js";
import { fill } from "./viewer/full.js";
import { readScene } from "./viewer/glb.js";
import { Hand } from "./viewer/hand.js";
import { Journey } from "./viewer/journey.js";
import { Pace } from "./viewer/pace.js";
import { Painter } from "./viewer/painter.js";

const IDLE = 1500; // ms after the last touch until it moves by itself again
const WIDEST = 0.1; // the largest amplitude that the engine makes
const MOST_PIXELS = 2048; // of the drawing's long side

const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Photo3D extends Attributes {
  #canvas;
  #painter;
  #scene;
  #hand;
  #buttons;
  #hint;
  #film;
  #seen = false;
  #away = false; // in a headset
  #frame = 0;
  #before = 0;
  #pace = new Pace();
  #journey = new Journey();
  #touched = -Infinity;
  #playing = false;
  #loading = null;
  #observers = [];

  get playing() { return this.#playing; }
  // Whether nothing moves.
  get settled() { return !this.#frame && !this.#film?.standsIn; }

  // The largest amplitude at which no motion shows the picture's rim; 0 before it has loaded.
  get limit() {
    if (!this.#scene) return 0;
    const { halfU, halfV, edge } = this.#scene;
    return largestAmplitude(WIDEST, this.plane, halfU, halfV, edge);
  }

  connectedCallback() {
    if (this.#canvas) return;
    this.#canvas = document.createElement("canvas");
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.append(this.#canvas);
    this.shape();
    this.#canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#fail("lost");
    });
    this.#canvas.addEventListener("webglcontextrestored", () => this.#start());
    this.#playing = !this.hasAttribute("still") && !calm.matches;
    this.#film = new Film(this);
    this.#buttons = addButtons(this, {
      shown: () => this.#scene && {
        ...this.#scene, painter: this.#painter, amplitude: this.amplitude, vignette: this.number("vignette", 0),
      },
      away: (on) => this.#goAway(on),
    });
    this.#hint = addHint(this);
    this.#hand = new Hand(this.#canvas, {
      changed: () => { this.#touched = performance.now(); this.#wake(); },
      toggled: () => this.toggle(),
      tilted: (on) => this.#hint?.say(this.getAttribute(on ? "hint-tilt" : "hint")),
    });
    const sized = new ResizeObserver(() => this.#resize());
    sized.observe(this);
    const seen = new IntersectionObserver(([entry]) => {
      this.#seen = entry.isIntersecting;
      this.#wake();
    });
    seen.observe(this);
    this.#observers = [sized, seen];
    this.#start();
  }

  disconnectedCallback() {
    // Moved elsewhere in the page rather than taken out of it?
    queueMicrotask(() => {
      if (this.isConnected || !this.#canvas) return;
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#loading?.abort();
      this.#observers.forEach((each) => each.disconnect());
      this.#hand.stop();
      this.#painter?.gl.getExtension("WEBGL_lose_context")?.loseContext();
      this.#canvas.remove();
      this.#buttons.stop?.();
      this.#buttons.headset?.stop();
      this.#buttons.remove();
      this.#hint?.remove();
      this.#canvas = this.#painter = this.#scene = this.#buttons = null;
      delete this.dataset.state;
    });
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#canvas || before === now) return;
    if (name === "src") this.#load();
    if (name === "width" || name === "height") this.shape();
    if (name === "label") this.#canvas.setAttribute("aria-label", now ?? "");
    if (name === "motion") this.#touched = -Infinity;
    this.#wake();
  }

  play() {
    this.#touched = -Infinity;
    this.#set(true);
  }

  pause() {
    this.#set(false);
  }

  toggle() {
    if (this.#playing) this.pause();
    else this.play();
  }

  fill() {
    fill(this);
  }

  // Brings the camera at once to where `move` says (x, y … in units of the full reach).
  look(move) {
    this.#set(false);
    this.#hold({ ...REST, ...move });
    this.#draw();
  }

  // Moves the scene's points (u, v, q) to where `change` brings them from where they are in its file.
  reshape(change) {
    if (!this.#scene) return;
    this.#painter.reshape(change);
    this.#draw();
  }

  #hold(move) {
    this.#journey.hold(move);
    this.#hand.x = 2 * move.x;
    this.#hand.y = 2 * move.y;
  }

  get #now() { return this.#journey.now(this.motion); }

  // Disparity of what is shown at a point of the window.
  disparityAt(clientX, clientY) {
    const box = this.#canvas.getBoundingClientRect();
    const [x, y] = [(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height];
    this.#draw("depth");
    const found = this.#painter.pixel(x, y)[0] / 255;
    this.#draw();
    return found;
  }

  #set(playing) {
    if (this.#playing === playing) return;
    this.#takeBack();
    this.#playing = playing;
    // Stopped, it stays where it is.
    if (!playing && this.#scene) this.#hold(this.#now);
    this.#buttons?.show(playing);
    this.dispatchEvent(new Event("change"));
    this.#wake();
  }

  #start() {
    try {
      this.#painter = new Painter(this.#canvas);
    } catch (error) {
      this.#fail(error.message);
      return;
    }
    this.#load();
  }

  async #load() {
    this.#loading?.abort();
    const src = this.getAttribute("src");
    if (!src || !this.#painter) return;
    const loading = new AbortController();
    this.#loading = loading;
    this.dataset.state ||= "loading";
    if (!this.#film.at && !(calm.matches && this.#film.started)) this.#film.rest();
    try {
      const file = await download(src, loading.signal);
      const scene = await readScene(await file.arrayBuffer());
      if (loading.signal.aborted || !this.#painter) return;
      this.#painter.load(scene);
      this.#scene = { halfU: scene.halfU, halfV: scene.halfV, edge: scene.edge };
      if (calm.matches && this.#film.started) this.play(); // somebody has asked for motion
      this.#follow();
      this.#film.rest();
      this.#resize();
      this.#draw();
      const held = this.#film.held; // who has gone to the film by keyboard stays in the picture
      this.dataset.state = "ready";
      if (held) this.#canvas.focus({ preventScroll: true });
      this.dispatchEvent(new Event("load"));
      this.#wake();
    } catch (error) {
      if (!loading.signal.aborted) this.#fail(error.message);
    }
  }

  // Goes on from where the film is, so that nothing jumps when the scene takes its place.
  #follow() {
    const at = this.#film.at;
    if (!at || !this.#playing) return;
    this.#journey.follow(at[0] / at[1]);
  }

  // The scene goes on from where the film stood in for it.
  #takeBack() {
    if (!this.#film.standsIn) return;
    this.#follow();
    this.#film.rest();
  }

  #fail(reason) {
    this.dataset.state = "failed";
    this.#scene = null;
    this.#painter?.clear();
    this.#film.fallBack(calm.matches);
    this.dispatchEvent(new CustomEvent("error", { detail: reason }));
  }

  #resize() {
    const { clientWidth, clientHeight } = this;
    if (!clientWidth || !clientHeight || this.#away) return;
    const longest = Math.max(clientWidth, clientHeight);
    const ratio = Math.min(devicePixelRatio || 1, MOST_PIXELS / longest) * this.#pace.detail;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    if (this.#scene) this.#draw();
  }

  // Whether the film now shows what moves by itself, since this device cannot.
  #gaveUp(auto) {
    if (!auto || !this.#journey.alone || !this.#pace.gaveUp()) return false;
    return this.#film.standIn((this.#journey.phase / (2 * Math.PI)) % 1, () => this.#wake());
  }

  // A headset has the scene, or the page has it again.
  #goAway(on) {
    this.#away = on;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (on || !this.#scene) return;
    this.#resize();
    this.#draw();
    this.#wake();
  }

  #wake() {
    if (this.#frame || !this.#scene || !this.#seen || this.#away) return;
    this.#takeBack();
    this.#before = 0;
    this.#frame = requestAnimationFrame((time) => this.#step(time));
  }

  #step(time) {
    this.#frame = 0;
    if (!this.#scene || !this.#seen) return;
    const passed = this.#before ? Math.min((time - this.#before) / 1000, 0.1) : 0;
    const idle = !this.#hand.holds && !this.#hand.tilts && time - this.#touched > IDLE;
    const auto = this.#playing && idle && this.view === "3d";
    const wanted = this.view === "still" ? REST : { ...REST, x: this.#hand.x / 2, y: this.#hand.y / 2 };
    const arrived = this.#journey.step(passed, { auto, wanted, duration: this.number("duration", 6) });
    if (this.#pace.took(passed)) this.#resize();
    if (this.#gaveUp(auto)) return;
    this.#draw();
    if (this.#playing || !arrived) {
      this.#before = time;
      this.#frame = requestAnimationFrame((next) => this.#step(next));
    } else if (this.#pace.rest()) {
      this.#resize();
    }
  }

  #draw(view = this.view) {
    if (this.#away) return;
    const { halfU, halfV, edge } = this.#scene;
    // The picture fills the element, as `object-fit: cover` does.
    const shape = this.#canvas.width / this.#canvas.height;
    const [u, v] = shape > halfU / halfV ? [halfU, halfU / shape] : [halfV * shape, halfV];
    this.#painter.draw({
      rows: fitted(this.#now, this, [u, v], edge),
      scale: [1 / u, 1 / v],
      focus: this.plane,
      depth: view === "depth" ? 1 : 0,
      mark: this.hasAttribute("mark") && view === this.view ? 1 : 0,
      blur: view === "3d" ? this.number("blur", 0) : 0,
      vignette: view === "3d" ? this.number("vignette", 0) : 0,
    });
  }
}

customElements.define("photo-3d", Photo3D);
