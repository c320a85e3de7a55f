// How work goes on: the stage is brought into sight, and who hears the page is told.

import { find, viewer } from "./page.js";

// The stage is brought into sight for what was ordered and for what has got ready, whichever comes first, unless
// the person has moved on since. So is the row of a file that was ordered: whose finger is on another button by
// then would miss it.
let following = true;
let ordered = ""; // id of the row

for (const sign of ["wheel", "touchmove", "keydown", "pointerdown"]) {
  document.addEventListener(sign, () => {
    ordered = "";
    if (sign !== "pointerdown") following = false;
  }, { passive: true });
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post") return;
  if (detail.target.id === "work") following = true;
  else ordered = detail.target.id;
});

// Something has come, and the page is ready for it.
export function settled({ target, detail }) {
  const { verb, elt } = detail.requestConfig ?? {};
  if (target.id === "result" || (verb === "post" && target.id === "work")) {
    if (following) find(".stage").scrollIntoView({ block: "nearest" });
  } else if (verb === "post" && target.id && target.id === ordered) {
    document.getElementById(ordered)?.scrollIntoView({ block: "nearest" });
  }
  if (elt?.id !== "work" || target.id !== "result" || !viewer()) {
    follow();
    return;
  }
  tell(find("#news").dataset.ready);
  if (document.hidden) document.title = `✓ ${document.title}`;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.title = document.title.replace(/^✓ /, "");
});

// Who hears the page hears of each step, but of none that is over before it is said.
let said = "";
let pause = 0; // until when something is being said

function tell(text) {
  said = text;
  pause = performance.now() + 4000;
  find("#news").textContent = text;
}

export function follow() {
  const now = find("#work [data-says]")?.textContent;
  if (!now || now === said || performance.now() < pause) return;
  tell(now);
}
