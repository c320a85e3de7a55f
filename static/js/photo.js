// The page of one photo: what each of its parts needs when it comes, copying, and a new depth. Its parts are exchanged
// as work goes on, so everything listens on the document.

import "./photo/connection.js";
import "./photo/exchange.js";
import { follow, settled } from "./photo/news.js";
import { find, style, viewer } from "./photo/page.js";
import { shown, told } from "./photo/preview.js";
import { greet, wake } from "./viewer-on-demand.js";

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

document.addEventListener("error", ({ target }) => {
  if (target === viewer()) ready();
}, true);

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

// The brush comes when somebody wants to paint.
document.addEventListener("toggle", ({ target }) => {
  if (target.id !== "depth" || !target.open) return;
  wake().catch(() => {}); // the preview beside it
  import("./depth-brush.js").catch(() => find("depth-brush")?.remove());
}, true);

if (navigator.share) import("./share.js");

document.addEventListener("htmx:historyRestore", ready);

document.addEventListener("htmx:afterSettle", (event) => {
  ready();
  settled(event);
});

ready();
window.setTimeout(follow, 500); // what stands there when a page comes is said by nobody
