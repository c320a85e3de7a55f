// The page of one photo: live preview of motion, strength and focus; copying; lost connections.
// Parts of the page are exchanged as work goes on, so everything listens on the document.

import { greet, wake } from "./viewer-on-demand.js";

const find = (selector) => document.querySelector(selector);
const viewer = () => find("#viewer");
const style = () => find("#style");

function ready() {
  document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  document.querySelectorAll(".result input[type=range]").forEach(told);
  makeRoom();
  greet();
  // Without its scene a photo has its film alone.
  if (style()) find("[data-views]").hidden = viewer()?.dataset.state === "failed";
  if (viewer()?.dataset.state === "ready") shown(); // it was quicker than this script
}

// The brush has its place before its script and pictures come, so that nothing below it moves then.
function makeRoom() {
  const brush = find("depth-brush");
  if (!brush) return;
  const [width, height] = ["width", "height"].map((name) => viewer()?.getAttribute(name));
  brush.style.setProperty("--ratio", width / height);
  brush.hidden = false;
}

// Who hears the page is told how far along a slider is, not a number that nobody knows.
function told(slider) {
  const share = (slider.value - slider.min) / (slider.max - slider.min);
  slider.setAttribute("aria-valuetext", `${Math.round(100 * share)}%`);
}
for (const sign of ["input", "focusin"]) {
  document.addEventListener(sign, ({ target }) => target.type === "range" && told(target));
}

// What the viewer shows follows the form; sliders reach as far as the picture does.
function shown() {
  if (!style()) return; // there is no film to choose yet
  outline();
  const slider = style().amplitude;
  slider.max = Math.max(Number(slider.value), Math.floor(viewer().limit * 1000) / 1000);
}

document.addEventListener("load", ({ target }) => {
  if (target === viewer()) shown();
}, true);
document.addEventListener("error", ({ target }) => {
  if (target === viewer()) ready();
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

// A new depth is shown with all that is set, as it is set now.
document.addEventListener("submit", ({ target }) => {
  if (!target.closest(".depth-panel")) return;
  const values = new FormData(style());
  for (const other of ["csrfmiddlewaretoken", "size"]) values.delete(other); // its own token; the scene's size
  target.querySelectorAll("[data-chosen]").forEach((field) => field.remove());
  for (const [name, value] of values) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    field.dataset.chosen = "";
    target.append(field);
  }
}, true);

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // pages without TLS have no clipboard of their own
  }
  button.dataset.name ??= button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = button.dataset.name; }, 2000);
});

// --- Work that goes on --------------------------------------------------------------------------

let offline = false;

function say(text) {
  const problem = find("#problem");
  problem.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "alert";
  line.setAttribute("role", "alert");
  line.textContent = text;
  problem.append(line);
}

// What asks by itself goes on by itself, but no order does.
document.addEventListener("htmx:sendError", ({ detail }) => {
  const order = detail.requestConfig.verb === "post";
  if (order || !offline) say(order ? document.body.dataset.unsent : find("#problem").dataset.offline);
  if (!offline) setTimeout(back, 2000);
  offline = true;
});

// A page that asks for nothing finds out, too, that it is online again.
async function back() {
  try {
    if (offline) await fetch("/robots.txt", { cache: "no-store" });
    if (offline) say("");
    offline = false;
  } catch {
    setTimeout(back, 2000);
  }
}

// It lies over the page, until it is so no longer or somebody goes on.
document.addEventListener("pointerdown", () => offline || say(""));

// What neither the service nor htmx has words for: a proxy's own page, for instance.
document.addEventListener("htmx:responseError", ({ detail }) => {
  say(find("#problem").dataset.broken);
  offline ||= detail.requestConfig.verb === "get"; // what is asked again may find that it is so no longer
});

// The view that has moved since before there was a film goes on as it is: it gets the scene in place of its
// draft, and the film inside.
let going = null;

document.addEventListener("htmx:beforeSwap", () => { going = viewer(); });

document.addEventListener("htmx:afterSwap", () => {
  const now = viewer();
  if (!going || !now || now === going) return;
  const { state } = going.dataset;
  // Without a state it is a film as yet, which plays on, or a draft that nobody has seen move.
  if (state ? state !== "ready" : !going.querySelector("video")) return;
  const drafted = "draft" in going.dataset;
  if (!drafted && going.getAttribute("src") !== now.getAttribute("src")) return;
  if (drafted) going.removeAttribute("data-draft");
  for (const { name, value } of now.attributes) {
    // Each view sets these of itself; a style as an attribute is refused by the page's policy.
    if (!["data-state", "style"].includes(name)) going.setAttribute(name, value);
  }
  const film = state && now.querySelector("video");
  if (film) {
    film.autoplay = false;
    going.querySelector("img, video").replaceWith(film);
  }
  now.replaceWith(going);
  film?.pause();
});

// While an order is on its way, nothing replaces the form that it was made in.
let ordering = 0;
const replaces = ({ requestConfig, target }) => requestConfig.verb === "get" && target.id === "result";
// The result that has come waits for whoever paints on the one before.
const waits = ({ requestConfig }) => requestConfig.elt.id === "work" && document.querySelector("depth-brush")?.unsent;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb === "post") ordering += 1;
  else if (replaces(event.detail) && (ordering || waits(event.detail))) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (replaces(event.detail) && (ordering || waits(event.detail))) event.detail.shouldSwap = false;
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post") ordering = Math.max(0, ordering - 1);
  if (!detail.xhr.status || detail.xhr.status >= 400) return;
  // What was wrong before is settled by the next order that is taken, or by being online again.
  if (offline || detail.requestConfig.verb === "post") say("");
  if (detail.requestConfig.verb === "post") {
    document.querySelectorAll(".answer").forEach((answer) => answer.replaceChildren());
  }
  offline = false;
});

// The stage is brought into sight for what was ordered and for what has got ready, whichever comes first,
// unless the person has moved on since.
let following = true;

for (const sign of ["wheel", "touchmove", "keydown"]) {
  document.addEventListener(sign, () => { following = false; }, { passive: true });
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post" && detail.target.id === "work") following = true;
});

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  ready();
  const { verb, elt } = detail.requestConfig ?? {};
  if (target.id === "result" || (verb === "post" && target.id === "work")) {
    if (following) find(".stage").scrollIntoView({ block: "nearest" });
  } else if (verb === "post") {
    document.getElementById(target.id)?.scrollIntoView({ block: "nearest" });
  }
  if (elt?.id !== "work" || target.id !== "result" || !viewer()) {
    follow();
    return;
  }
  tell(find("#news").dataset.ready);
  if (document.hidden) document.title = `✓ ${document.title}`;
});

// Who hears the page hears of each step, but of none that is over before it is said.
let said = "";
let pause = 0; // until when something is being said

function tell(text) {
  said = text;
  pause = performance.now() + 4000;
  find("#news").textContent = text;
}

function follow() {
  const now = find("#work [data-says]")?.textContent;
  if (!now || now === said || performance.now() < pause) return;
  tell(now);
}

// The brush comes when somebody wants to paint.
document.addEventListener("toggle", ({ target }) => {
  if (target.id !== "depth" || !target.open) return;
  wake().catch(() => {}); // the preview beside it
  import("./depth-brush.js").catch(() => find("depth-brush")?.remove());
}, true);

if (navigator.share) import("./share.js");

document.addEventListener("htmx:historyRestore", ready);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.title = document.title.replace(/^✓ /, "");
});

ready();
follow();
