// How a <photo-3d> looks, and what lies over its picture: the buttons that stop and start the motion and
// that fill the screen, and, where there is no mouse, a line that says what fingers can do.

import { asksToFill, canFill } from "./full.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :where(photo-3d) { display: block; position: relative; overflow: hidden; container-type: inline-size }
  :where(photo-3d[width][height]) { aspect-ratio: var(--ratio) }
  :where(photo-3d > canvas) {
    position: absolute; inset: 0; width: 100%; height: 100%; touch-action: pan-y; cursor: grab;
    opacity: 0; pointer-events: none;
  }
  :where(photo-3d[data-state="ready"] > canvas) { opacity: 1; pointer-events: auto }
  :where(photo-3d[data-state="ready"] > :is(video, img, picture)) { visibility: hidden }
  :where(photo-3d[data-film] > canvas) { opacity: 0 }
  :where(photo-3d[data-film] > video) { visibility: visible; transition: none }
  :where(photo-3d:has(> canvas:focus-visible) > :is(video, img)) { outline: 3px solid var(--theme, Highlight); outline-offset: -3px }
  @media (prefers-reduced-motion: no-preference) {
    :where(photo-3d > canvas) { transition: opacity 300ms }
    :where(photo-3d[data-state="ready"] > :is(video, img, picture)) { transition: visibility 0s 300ms }
  }
  .photo-3d-buttons { position: absolute; z-index: 1; right: 0.75rem; bottom: 0.75rem; display: flex; gap: 0.5rem }
  .photo-3d-buttons > button, .photo-3d-buttons > button:hover {
    width: 2.75rem; height: 2.75rem;
    min-height: 0; padding: 0; border: 0; border-radius: 50%; display: grid; place-items: center;
    background: rgb(27 32 36 / 62%); color: #fff; cursor: pointer;
  }
  .photo-3d-buttons > button:hover { background: rgb(27 32 36 / 85%) }
  .photo-3d-buttons > button > svg { width: 1.25rem; height: 1.25rem; fill: currentColor }
  .photo-3d-hint, .photo-3d-note {
    position: absolute; left: 0.75rem; bottom: 0.75rem; max-width: calc(100% - 8rem);
    margin: 0; padding: 0.375rem 0.75rem; border-radius: 1rem; font-size: 0.875rem; line-height: 1.3;
    background: rgb(27 32 36 / 62%); color: #fff; pointer-events: none;
  }
  @container (max-width: 19rem) { /* of large letters: above the buttons, which need not grow with them */
    .photo-3d-buttons > button, .photo-3d-buttons > button:hover { width: 44px; height: 44px }
    .photo-3d-hint, .photo-3d-note { bottom: calc(44px + 1.25rem); max-width: calc(100% - 1.5rem); padding: 0.25rem 0.5rem; font-size: 0.8125rem }
  }
  photo-3d:not([data-state="ready"]) > :is(.photo-3d-buttons, .photo-3d-hint),
  photo-3d:is([view="still"], [view="depth"]) .photo-3d-toggle { display: none }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

const SVG = "http://www.w3.org/2000/svg";
const BARS = "M6 5h4v14H6zM14 5h4v14h-4z";
const TRIANGLE = "M8 5l11 7-11 7z";
const OUTWARD = "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z";
const INWARD = "M8 4h2v6H4V8h4zM14 4h2v4h4v2h-6zM4 14h6v6H8v-4H4zM14 14h6v2h-4v4h-2z";

function button(kind, pressed) {
  const made = document.createElement("button");
  const icon = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  made.type = "button";
  made.className = kind;
  made.addEventListener("click", pressed);
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.append(path);
  made.append(icon);
  made.say = (name, shape) => {
    made.setAttribute("aria-label", name);
    path.setAttribute("d", shape);
  };
  return made;
}

const names = (element, ...kinds) => kinds.map((kind) => element.getAttribute(`label-${kind}`));

// The one for headsets, where there is one.
async function offerHeadset(element, row, scene) {
  if (!(await navigator.xr.isSessionSupported("immersive-vr").catch(() => false))) return;
  const { Headset } = await import("./headset.js");
  if (row.isConnected && !row.headset) row.headset = new Headset(element, row, scene, button);
}

// Adds the buttons that the element names, and gives their row. `show` says whether it plays; `scene` is for
// headsets.
export function addButtons(element, scene) {
  const row = document.createElement("div");
  row.className = "photo-3d-buttons";
  row.show = () => {};
  const [pause, play] = names(element, "pause", "play");
  if (pause && play) {
    const toggle = button("photo-3d-toggle", () => element.toggle());
    row.show = (playing) => toggle.say(...(playing ? [pause, BARS] : [play, TRIANGLE]));
    row.show(element.playing);
    row.append(toggle);
  }
  const [full, leave] = names(element, "full", "leave");
  if (leave && canFill(element)) {
    const fill = button("photo-3d-full", () => element.fill());
    const show = () => fill.say(...(document.fullscreenElement ? [leave, INWARD] : [full, OUTWARD]));
    const typed = (event) => { if (asksToFill(event)) element.fill(); };
    document.addEventListener("fullscreenchange", show);
    document.addEventListener("keydown", typed);
    row.stop = () => {
      document.removeEventListener("fullscreenchange", show);
      document.removeEventListener("keydown", typed);
    };
    show();
    row.append(fill);
  }
  if (navigator.xr && element.hasAttribute("headset")) {
    const offer = () => offerHeadset(element, row, scene);
    navigator.xr.addEventListener("devicechange", offer);
    offer();
  }
  element.append(row);
  return row;
}

// Adds the line that the attribute `hint` gives, until the first touch. `say` shows another text.
export function addHint(element) {
  if (!element.hasAttribute("hint") || !matchMedia("(hover: none)").matches) return null;
  const line = document.createElement("p");
  line.className = "photo-3d-hint";
  line.setAttribute("role", "status");
  line.say = (text) => {
    line.textContent = text ?? "";
    line.hidden = !text;
  };
  line.say(element.getAttribute("hint"));
  element.addEventListener("pointerdown", () => { line.hidden = true; });
  element.append(line);
  return line;
}
