// Lost connections and answers that never came: said over the page, until they are so no longer.

import { find } from "./page.js";

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
const lost = ({ detail }) => {
  const order = detail.requestConfig.verb === "post";
  if (order || !offline) say(order ? document.body.dataset.unsent : find("#problem").dataset.offline);
  if (!offline) setTimeout(back, 2000);
  offline = true;
};
document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:timeout", lost);

// A page that asks for nothing finds out, too, that it is online again.
async function back() {
  try {
    if (offline) await fetch("/robots.txt", { cache: "no-store", signal: AbortSignal.timeout?.(10_000) });
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

// What was wrong when an order was sent is settled once it is taken, and so it is by being online
// again. What others of several orders at once are told meanwhile stays.
const settled = new WeakMap();

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.requestConfig.verb !== "post") return;
  settled.set(detail.xhr, [...document.querySelectorAll(".answer")].flatMap((answer) => [...answer.childNodes]));
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.xhr.status || detail.xhr.status >= 400) return;
  const before = settled.get(detail.xhr);
  if (offline || before) say("");
  before?.forEach((node) => node.remove());
  offline = false;
});
