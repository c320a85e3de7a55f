// The scene in a headset (WebXR): a button beside those of the picture, and a session that shows each eye its own
// view. The trigger or a pinch changes the size, the grip brings the picture before the person again, B or Y
// leaves.

import { SIZES, Place, onView, opening, poses } from "./headset/space.js";
import { caption } from "./headset/caption.js";

const GOGGLES = "M3 7h18v10h-5.5l-2-3h-3l-2 3H3z";
const LEAVES = 5; // the upper button of a controller (B or Y), by the mapping xr-standard
const TOLD = 12000; // ms for which the controllers are explained
const RIM = 0.03; // of the window's half sides, over which it fades
const ROOM = [0.035, 0.04, 0.045, 1]; // the colour around the window
// Nothing is drawn by depth, and edges are soft already.
const LAYER = { alpha: false, antialias: false, depth: false, stencil: false, ignoreDepthValues: true };
const FLAT = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]];

export class Headset {
  #host;
  #button;
  #note = null;
  #shown;
  #away;
  #words;
  #session = null;
  #space;
  #layer;
  #gl;
  #place = null; // null: found with the next pose
  #size = 0;
  #caption = null;
  #pressed = true; // whoever still holds the button down has not asked to leave
  #opening = {};
  #began = 0;

  // row: of the host's buttons, which `button` makes; shown: gives the painter, the scene and what belongs to
  // it, if there is one; away: is told whether the headset shows the scene.
  constructor(host, row, { shown, away }, button) {
    const [enter, leave, keys, refused, failed, lost] = host.getAttribute("headset").split("|");
    this.#words = { enter, leave, keys, refused, failed, lost };
    this.#host = host;
    this.#shown = shown;
    this.#away = away;
    this.#button = button("photo-3d-headset", () => (this.#session ? this.stop() : this.#enter()));
    row.append(this.#button);
    host.querySelector("canvas").addEventListener("webglcontextlost", () => {
      if (!this.#session) return;
      this.stop();
      this.#tell(this.#words.lost);
    });
    this.#name();
  }

  stop() {
    this.#session?.end().catch(() => {});
  }

  #name() {
    this.#button.say(this.#session ? this.#words.leave : this.#words.enter, GOGGLES);
  }

  #tell(text) {
    this.#note?.remove();
    this.#note = null;
    if (!text) return;
    this.#note = document.createElement("p");
    this.#note.className = "photo-3d-note";
    this.#note.setAttribute("role", "alert");
    this.#note.textContent = text;
    this.#host.append(this.#note);
  }

  async #enter() {
    this.#tell("");
    this.#button.disabled = true;
    let session;
    try {
      session = await navigator.xr.requestSession("immersive-vr");
      const { painter } = this.#shown();
      this.#gl = painter.gl;
      await this.#gl.makeXRCompatible();
      this.#layer = new XRWebGLLayer(session, this.#gl, LAYER);
      session.updateRenderState({ baseLayer: this.#layer });
      this.#space = await session.requestReferenceSpace("local");
      if (this.#caption?.painter !== painter) this.#caption = await caption(painter, this.#words.keys);
      if (this.#gl.isContextLost()) throw new Error("lost"); // whose event came before there was a session
      this.#begin(session);
    } catch (error) {
      session?.end().catch(() => {});
      const refused = ["NotAllowedError", "SecurityError"].includes(error.name);
      const lost = this.#gl?.isContextLost();
      this.#tell(refused ? this.#words.refused : lost ? this.#words.lost : this.#words.failed);
    } finally {
      this.#button.disabled = false;
    }
  }

  #begin(session) {
    this.#session = session;
    this.#place = null;
    this.#size = 0;
    this.#pressed = true;
    this.#began = performance.now();
    this.#away(true);
    this.#name();
    const recentre = () => { this.#place = null; };
    session.addEventListener("end", () => this.#end());
    session.addEventListener("select", () => { this.#size = (this.#size + 1) % SIZES.length; });
    session.addEventListener("squeeze", recentre);
    this.#space.addEventListener("reset", recentre);
    session.requestAnimationFrame((_, frame) => this.#step(frame));
  }

  #end() {
    this.#session = this.#layer = null;
    this.#name();
    this.#away(false);
    this.#button.focus({ preventScroll: true });
  }

  #step(frame) {
    if (!this.#session) return;
    this.#session.requestAnimationFrame((_, next) => this.#step(next));
    if (this.#leaves()) {
      this.stop();
      return;
    }
    const pose = frame.getViewerPose(this.#space);
    if (!pose) return; // not known for a moment
    this.#place ??= new Place(pose.transform.matrix);
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#layer.framebuffer);
    gl.clearColor(...ROOM);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const scene = this.#shown();
    if (scene) this.#draw(pose, scene);
  }

  #leaves() {
    const before = this.#pressed;
    this.#pressed = [...this.#session.inputSources].some(({ gamepad }) => gamepad?.buttons[LEAVES]?.pressed);
    return this.#pressed && !before;
  }

  #draw({ transform, views }, scene) {
    const { painter, halfU, halfV, amplitude, vignette } = scene;
    const place = this.#place;
    const size = SIZES[this.#size];
    const share = this.#openingOf(scene);
    const [u, v] = [halfU * share, halfV * share];
    const at = ({ position: { x, y, z } }) => place.from([x, y, z]);
    const rows = poses(at(transform), views.map((view) => at(view.transform)), amplitude, size);
    const window = place.panel(u * size, v * size);
    const told = performance.now() - this.#began < TOLD && this.#caption.painter === painter;
    const below = place.panel(this.#caption.halfWidth, this.#caption.halfHeight, v * size + 0.14);
    views.forEach((each, i) => {
      const { x, y, width, height } = this.#layer.getViewport(each);
      const view = { framebuffer: this.#layer.framebuffer, x, y, width, height };
      const on = (panel) => onView(each.projectionMatrix, each.transform.inverse.matrix, panel);
      painter.draw({ rows: rows[i], scale: [1 / u, 1 / v], screen: on(window), vignette, rim: RIM, view });
      if (told) painter.draw({ rows: FLAT, scale: [1, 1], screen: on(below), view, meshes: [this.#caption.mesh] });
    });
  }

  // It takes a moment to find and changes seldom.
  #openingOf(scene) {
    const { edge, amplitude } = scene;
    if (this.#opening.edge !== edge || this.#opening.amplitude !== amplitude) {
      this.#opening = { edge, amplitude, share: opening(scene, amplitude) };
    }
    return this.#opening.share;
  }
}
