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

import { between, covers, framed, largest, largestAmplitude, moveAt, pose, REST } from "./viewer/camera.js";
import { addButtons, addHint } from "./viewer/controls.js";
import { Film } from "./viewer/film.js";
import { fill } from "./viewer/full.js";
import { readScene } from "./viewer/glb.js";
import { Hand } from "./viewer/hand.js";
import { Painter } from "./viewer/painter.js";

const IDLE = 1500; // ms after the last touch until it moves by itself again
const HAND_TIME = 0.13; // s in which the camera follows the hand
const BLEND_TIME = 1.1; // s from hand to motion
const WIDEST = 0.1; // the largest amplitude that the engine makes
const MOST_PIXELS = 2048; // of the drawing's long side
const SLOW = 0.04; // s a frame, beyond which moving frames are drawn with fewer pixels
const COARSEST = 0.5; // share of the pixels a side, below which it would look blurred
const TOO_SLOW = 0.05; // s a frame, beyond which such a device shows the film instead

const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Photo3D extends HTMLElement {
  static observedAttributes = [
    "src", "label", "amplitude", "focus", "motion", "frame", "view", "mark", "blur", "vignette",
    "width", "height",
  ];

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
  #pace = 0.016; // s a frame, lately
  #detail = 1; // share of the pixels a side that is drawn while moving
  #phase = 0;
  #touched = -Infinity;
  #blend = 0; // 0: the hand moves the camera, 1: the motion does
  #at = { ...REST }; // where the hand has brought the camera
  #playing = false;
  #loading = null;
  #observers = [];

  get amplitude() { return this.#number("amplitude", 0.03); }
  set amplitude(value) { this.setAttribute("amplitude", value); }
  get motion() { return this.getAttribute("motion") ?? "circle"; }
  set motion(value) { this.setAttribute("motion", value); }
  get view() { return this.getAttribute("view") ?? "3d"; }
  set view(value) { this.setAttribute("view", value); }
  get playing() { return this.#playing; }
  // Whether nothing moves.
  get settled() { return !this.#frame && !this.#film?.standsIn; }

  // The largest amplitude at which no motion shows the picture's rim; 0 before it has loaded.
  get limit() {
    if (!this.#scene) return 0;
    const { halfU, halfV, edge } = this.#scene;
    return largestAmplitude(WIDEST, this.#focus, halfU, halfV, edge);
  }

  connectedCallback() {
    if (this.#canvas) return;
    this.#canvas = document.createElement("canvas");
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.append(this.#canvas);
    this.#shape();
    this.#canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#fail("lost");
    });
    this.#canvas.addEventListener("webglcontextrestored", () => this.#start());
    this.#playing = !this.hasAttribute("still") && !calm.matches;
    this.#film = new Film(this);
    this.#buttons = addButtons(this, {
      shown: () => this.#scene && {
        ...this.#scene, painter: this.#painter, amplitude: this.amplitude, vignette: this.#number("vignette", 0),
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
    if (name === "width" || name === "height") this.#shape();
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
    this.#draw(this.#at);
  }

  // Moves the scene's points (u, v, q) to where `change` brings them from where they are in its file.
  reshape(change) {
    if (!this.#scene) return;
    this.#painter.reshape(change);
    this.#draw(this.#now());
  }

  #hold(move) {
    this.#blend = 0;
    this.#at = move;
    this.#hand.x = 2 * move.x;
    this.#hand.y = 2 * move.y;
  }

  get #focus() { return this.#number("focus", 0.5); }

  // Still, and as a map of depth, all of the picture is shown.
  get #frame3d() {
    const [zoom, x, y] = (this.getAttribute("frame") ?? "").trim().split(/\s+/).map(Number);
    return zoom >= 1 && this.view === "3d" ? { zoom, x: x || 0, y: y || 0 } : { zoom: 1, x: 0, y: 0 };
  }

  // Disparity of what is shown at a point of the window.
  disparityAt(clientX, clientY) {
    const box = this.#canvas.getBoundingClientRect();
    const [x, y] = [(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height];
    this.#draw(this.#now(), "depth");
    const found = this.#painter.pixel(x, y)[0] / 255;
    this.#draw(this.#now());
    return found;
  }

  // Not as an attribute: a page's policy may refuse styles there.
  #shape() {
    const [width, height] = ["width", "height"].map((name) => this.#number(name, 0));
    if (width && height) this.style.setProperty("--ratio", width / height);
  }

  #number(name, otherwise) {
    const value = parseFloat(this.getAttribute(name));
    return Number.isFinite(value) ? value : otherwise;
  }

  #set(playing) {
    if (this.#playing === playing) return;
    this.#takeBack();
    this.#playing = playing;
    // Stopped, it stays where it is.
    if (!playing && this.#scene) this.#hold(this.#now());
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
      const answer = await fetch(src, { signal: loading.signal });
      if (!answer.ok) throw new Error(`The scene cannot be loaded (${answer.status}).`);
      const scene = await readScene(await answer.arrayBuffer());
      if (loading.signal.aborted || !this.#painter) return;
      this.#painter.load(scene);
      this.#scene = { halfU: scene.halfU, halfV: scene.halfV, edge: scene.edge };
      if (calm.matches && this.#film.started) this.play(); // somebody has asked for motion
      this.#follow();
      this.#film.rest();
      this.#resize();
      this.#draw(this.#now());
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
    this.#phase = (2 * Math.PI * at[0]) / at[1];
    this.#blend = 1;
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
    const ratio = Math.min(devicePixelRatio || 1, MOST_PIXELS / longest) * this.#detail;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    if (this.#scene) this.#draw(this.#now());
  }

  // A device that cannot keep up gets fewer pixels while things move, and all at rest.
  #keepUp(passed) {
    if (passed) this.#pace += (passed - this.#pace) * 0.1;
    if (this.#pace > SLOW && this.#detail > COARSEST) {
      this.#detail *= 0.8;
      this.#pace = 0.016;
      this.#resize();
    }
  }

  // Whether the film now shows what moves by itself, since this device cannot.
  #gaveUp(auto) {
    const tooSlow = this.#detail <= COARSEST && this.#pace > TOO_SLOW;
    if (!auto || this.#blend < 1 || !tooSlow) return false;
    this.#pace = 0.016; // asked again when somebody has moved the camera
    return this.#film.standIn((this.#phase / (2 * Math.PI)) % 1, () => this.#wake());
  }

  // A headset has the scene, or the page has it again.
  #goAway(on) {
    this.#away = on;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (on || !this.#scene) return;
    this.#resize();
    this.#draw(this.#now());
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
    this.#blend = approach(this.#blend, auto ? 1 : 0, passed / (auto ? BLEND_TIME : 0.35));
    if (auto) this.#phase += (passed * 2 * Math.PI) / this.#number("duration", 6);
    const wanted = this.view === "still" ? REST : { ...REST, x: this.#hand.x / 2, y: this.#hand.y / 2 };
    this.#at = between(this.#at, wanted, 1 - Math.exp(-passed / HAND_TIME));
    this.#keepUp(passed);
    if (this.#gaveUp(auto)) return;
    this.#draw(this.#now());
    const settled = Math.hypot(this.#at.x - wanted.x, this.#at.y - wanted.y) < 1e-4;
    if (this.#playing || this.#blend > 0 || !settled) {
      this.#before = time;
      this.#frame = requestAnimationFrame((next) => this.#step(next));
    } else if (this.#detail < 1) {
      this.#detail = 1;
      this.#resize();
    }
  }

  #now() {
    const share = this.#blend * this.#blend * (3 - 2 * this.#blend);
    return share ? between(this.#at, moveAt(this.motion, this.#phase), share) : this.#at;
  }

  #draw(move, view = this.view) {
    if (this.#away) return;
    const { halfU, halfV, edge } = this.#scene;
    // The picture fills the element, as `object-fit: cover` does.
    const shape = this.#canvas.width / this.#canvas.height;
    const [u, v] = shape > halfU / halfV ? [halfU, halfU / shape] : [halfV * shape, halfV];
    const frame = this.#frame3d;
    const rows = (share) => framed(pose(between(REST, move, share), this.amplitude, this.#focus), frame);
    const share = largest(1, (each) => covers(rows(each), u, v, edge));
    this.#painter.draw({
      rows: rows(share),
      scale: [1 / u, 1 / v],
      focus: this.#focus,
      depth: view === "depth" ? 1 : 0,
      mark: this.hasAttribute("mark") && view === this.view ? 1 : 0,
      blur: view === "3d" ? this.#number("blur", 0) : 0,
      vignette: view === "3d" ? this.#number("vignette", 0) : 0,
    });
  }
}

function approach(value, goal, step) {
  return value < goal ? Math.min(value + step, goal) : Math.max(value - step, goal);
}

customElements.define("photo-3d", Photo3D);
