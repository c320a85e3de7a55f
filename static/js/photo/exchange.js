// What comes in the place of what: the view that moves goes on, and no form goes that is being sent.

import { viewer } from "./page.js";

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
});
