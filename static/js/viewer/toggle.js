// The button that stops and starts the motion, in the corner of a <photo-3d>.

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .photo-3d-toggle, .photo-3d-toggle:hover {
    position: absolute; right: 0.75rem; bottom: 0.75rem; width: 2.75rem; height: 2.75rem;
    min-height: 0; padding: 0; border: 0; border-radius: 50%; display: grid; place-items: center;
    background: rgb(27 32 36 / 62%); color: #fff; cursor: pointer;
  }
  .photo-3d-toggle:hover { background: rgb(27 32 36 / 85%) }
  .photo-3d-toggle > svg { width: 1.25rem; height: 1.25rem; fill: currentColor }
  photo-3d:not([data-state="ready"]) > .photo-3d-toggle { display: none }
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
