// How a <photo-3d> looks, and what lies over its picture: the button that stops and starts the motion,
// and, where there is no mouse, a line that says what fingers can do.

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :where(photo-3d) { display: block; position: relative; overflow: hidden }
  :where(photo-3d[width][height]) { aspect-ratio: var(--ratio) }
  :where(photo-3d > canvas) {
    position: absolute; inset: 0; width: 100%; height: 100%; touch-action: pan-y; cursor: grab;
    opacity: 0; pointer-events: none;
  }
  :where(photo-3d[data-state="ready"] > canvas) { opacity: 1; pointer-events: auto }
  :where(photo-3d[data-state="ready"] > :is(video, img, picture)) { visibility: hidden }
  @media (prefers-reduced-motion: no-preference) {
    :where(photo-3d > canvas) { transition: opacity 300ms }
    :where(photo-3d[data-state="ready"] > :is(video, img, picture)) { transition: visibility 0s 300ms }
  }
  .photo-3d-toggle, .photo-3d-toggle:hover {
    position: absolute; right: 0.75rem; bottom: 0.75rem; width: 2.75rem; height: 2.75rem;
    min-height: 0; padding: 0; border: 0; border-radius: 50%; display: grid; place-items: center;
    background: rgb(27 32 36 / 62%); color: #fff; cursor: pointer;
  }
  .photo-3d-toggle:hover { background: rgb(27 32 36 / 85%) }
  .photo-3d-toggle > svg { width: 1.25rem; height: 1.25rem; fill: currentColor }
  .photo-3d-hint {
    position: absolute; left: 0.75rem; bottom: 0.75rem; max-width: calc(100% - 5rem);
    margin: 0; padding: 0.375rem 0.75rem; border-radius: 1rem; font-size: 0.875rem; line-height: 1.3;
    background: rgb(27 32 36 / 62%); color: #fff; pointer-events: none;
  }
  photo-3d:not([data-state="ready"]) > :is(.photo-3d-toggle, .photo-3d-hint),
  photo-3d:is([view="still"], [view="depth"]) > .photo-3d-toggle { display: none }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

const SVG = "http://www.w3.org/2000/svg";
const BARS = "M6 5h4v14H6zM14 5h4v14h-4z";
const TRIANGLE = "M8 5l11 7-11 7z";

// Adds the button where the element names it, and gives it, else null. `show` says what it does.
export function addToggle(element) {
  const [pause, play] = ["label-pause", "label-play"].map((name) => element.getAttribute(name));
  if (!pause || !play) return null;
  const button = document.createElement("button");
  const icon = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  button.type = "button";
  button.className = "photo-3d-toggle";
  button.addEventListener("click", () => element.toggle());
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.append(path);
  button.append(icon);
  button.show = (playing) => {
    button.setAttribute("aria-label", playing ? pause : play);
    path.setAttribute("d", playing ? BARS : TRIANGLE);
  };
  button.show(element.playing);
  element.append(button);
  return button;
}

// Adds the line that the attribute `hint` gives, until the first touch.
export function addHint(element) {
  if (!element.hasAttribute("hint") || !matchMedia("(hover: none)").matches) return null;
  const line = document.createElement("p");
  line.className = "photo-3d-hint";
  line.textContent = element.getAttribute("hint");
  element.addEventListener("pointerdown", () => line.remove(), { once: true });
  element.append(line);
  return line;
}
