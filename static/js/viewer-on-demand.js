// The film comes first. The interactive view takes its place as soon as somebody moves over the page, touches the
// picture or types, so that who only looks or reads is spared a megabyte and the work of drawing. Where a page
// names `data-graphics`, it comes by itself as well: on a good line, to a device that draws by a graphics card.

import { asksToFill, canFill, fill } from "./viewer/full.js";

const METERED = /2g|3g/; // lines as navigator.connection calls them

const shown = () => document.querySelector("photo-3d");
let viewer = null;
let asked = false;

// Gives a promise of the view's script. What failed is tried again by the next sign.
export function wake() {
  viewer ??= import("./viewer.js").catch((error) => {
    viewer = null;
    throw error;
  });
  return viewer;
}

function sign(event) {
  const { type, pointerType, target } = event;
  // A finger elsewhere scrolls the page or presses one of its buttons.
  const elsewhere = pointerType === "touch" && (type === "pointermove" || !target.closest("photo-3d"));
  const view = shown();
  if (elsewhere || !view) return;
  wake().catch(() => {});
  // Once the view is there, it hears its keys itself.
  if (type === "keydown" && !view.querySelector("canvas") && asksToFill(event) && canFill(view)) fill(view);
}
for (const type of ["pointermove", "pointerdown", "keydown"]) {
  document.addEventListener(type, sign, { passive: true });
}

// The page has come, or a part of it was exchanged.
export function greet() {
  const view = shown();
  if (!view) {
    // A view is coming, which must know its size as soon as it stands there.
    if (document.querySelector(".making-3d")) wake().catch(() => {});
    return;
  }
  // Where a style sheet cannot read the attributes; not as an attribute, which a page's policy may refuse.
  const [width, height] = [view.getAttribute("width"), view.getAttribute("height")];
  if (width && height) view.style.setProperty("--ratio", width / height);
  const film = view.querySelector("video");
  if (!film) {
    wake().catch(() => {}); // a photo alone, which its scene brings to life
    return;
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (calm) { // people who want less motion start the film themselves
    film.autoplay = false;
    film.controls = true;
    film.pause();
  }
  if (!asked && view.dataset.graphics) {
    asked = true;
    askDevice(view.dataset.graphics, calm ? null : film);
  }
}

// The page and its film are not kept waiting by the question.
async function askDevice(script, film) {
  const { saveData, effectiveType } = navigator.connection ?? {};
  if (saveData || METERED.test(effectiveType)) return;
  if (document.readyState !== "complete") await once(window, "load");
  if (film && film.readyState < HTMLMediaElement.HAVE_ENOUGH_DATA) await once(film, "canplaythrough");
  if (viewer) return;
  const worker = new Worker(script);
  const { data: quick } = await once(worker, "message");
  worker.terminate();
  if (quick) wake().catch(() => {});
}

const once = (target, type) => new Promise((come) => { target.addEventListener(type, come, { once: true }); });

greet();
