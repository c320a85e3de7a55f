// What the form says is shown by the view at once: motion, strength, focus, blur, vignette, the film's shape.

import { wake } from "../viewer-on-demand.js";
import { find, style, viewer } from "./page.js";

// Who hears the page is told how far along a slider is, not a number that nobody knows.
export function told(slider) {
  const share = (slider.value - slider.min) / (slider.max - slider.min);
  slider.setAttribute("aria-valuetext", `${Math.round(100 * share)}%`);
}
for (const sign of ["input", "focusin"]) {
  document.addEventListener(sign, ({ target }) => target.type === "range" && told(target));
}

// What the viewer shows follows the form; sliders reach as far as the picture does.
export function shown() {
  if (!style()) return; // there is no film to choose yet
  outline();
  const slider = style().amplitude;
  slider.max = Math.max(Number(slider.value), Math.floor(viewer().limit * 1000) / 1000);
}

document.addEventListener("load", ({ target }) => {
  if (target === viewer()) shown();
}, true);

const preview = {
  motion(input) {
    show("3d");
    viewer().motion = input.value;
    viewer().play();
  },
  amplitude(input) {
    style().auto_amplitude.checked = false;
    show("3d");
    viewer().amplitude = input.value;
    viewer().play();
  },
  focus(input) {
    style().auto_focus.checked = false;
    show("3d");
    viewer().setAttribute("focus", input.value);
    viewer().toggleAttribute("mark", true);
    clearTimeout(preview.unmark);
    preview.unmark = setTimeout(() => viewer()?.toggleAttribute("mark", false), 900);
  },
  auto_amplitude: (input) => backToBest(input, "amplitude"),
  auto_focus: (input) => backToBest(input, "focus"),
  depth_of_field: (input) => seen("blur", input),
  vignette: (input) => seen("vignette", input),
  duration: (input) => viewer().setAttribute("duration", input.value),
  shape: () => outline(),
  placement() {
    style().auto_placement.checked = false;
    outline();
  },
  auto_placement: () => outline(),
  view: (input) => { viewer().view = input.value; },
};

function seen(effect, input) {
  show("3d");
  viewer().setAttribute(effect, input.value);
}

// What a film of another shape shows of the picture is marked on it: the largest part that has the shape
// (amena/engine/geometry/crop.py).
function outline() {
  const form = style();
  find("#viewer > .crop")?.remove();
  const [across, down] = form.elements.shape.value.split(":").map(Number);
  if (!down) return;
  const [width, height] = ["width", "height"].map((name) => Number(viewer().getAttribute(name)));
  const share = [Math.min(1, (height * across) / down / width), Math.min(1, (width * down) / across / height)];
  if (form.auto_placement.checked) {
    form.placement.value = JSON.parse(form.querySelector(".shape-field").dataset.placements)[form.elements.shape.value] ?? 0.5;
  }
  const crop = document.createElement("div");
  crop.className = "crop";
  viewer().querySelector("canvas").after(crop); // below the buttons
  for (const [side, start, i] of [["width", "left", 0], ["height", "top", 1]]) {
    crop.style[side] = `${100 * share[i]}%`;
    crop.style[start] = `${100 * (1 - share[i]) * form.placement.value}%`;
  }
}

function backToBest(input, name) {
  if (!input.checked) return;
  const slider = style().elements[name];
  slider.value = slider.defaultValue;
  viewer().setAttribute(name, slider.value);
}

function show(view) {
  viewer().view = view;
  find(`[data-views] input[value="${view}"]`).checked = true;
}

// While settings are changed on a phone, the picture that they change stays in sight.
for (const sign of ["pointerdown", "focusin"]) {
  document.addEventListener(sign, ({ target }) => {
    const scene = find(".scene");
    // A touch of the picture itself moves nothing below the finger.
    if (!scene || target.closest?.(".scene")) return;
    const setting = Boolean(target.closest?.("#style"));
    find("#result").toggleAttribute("data-setting", setting);
    // Of a picture that is taller than half the window, the lower part.
    const top = Math.min(0, innerHeight / 2 - scene.offsetHeight);
    if (setting) scene.style.setProperty("--top", `${top}px`);
  });
}

// What is chosen is shown by the scene, which takes the film's place for it.
document.addEventListener("input", async ({ target }) => {
  if (!preview[target.name] || (target.name !== "view" && target.form !== style())) return;
  await wake().catch(() => {});
  if (target.isConnected && customElements.get("photo-3d")) preview[target.name](target);
});

// A click in the picture brings that into focus; a finger's tap belongs to the tilt.
document.addEventListener("click", (event) => {
  if (event.pointerType !== "mouse" || event.target.parentElement !== viewer() || !style()) return;
  if (event.target.localName !== "canvas" || viewer().view !== "3d") return;
  const slider = style().elements.focus;
  slider.value = viewer().disparityAt(event.clientX, event.clientY);
  preview.focus(slider);
});
