// A photo that is dropped on any page is made: at once where photos are added, else after the way
// there, which may lead through the sign-in.

import { keep, uuid } from "./upload/store.js";

let depth = 0;
const mark = (on) => document.body.classList.toggle("dropping", on);
// A field for a file takes what is dropped on it.
const drags = (event) =>
  event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file]");

document.addEventListener("dragenter", (event) => {
  if (!drags(event)) return;
  depth += 1;
  mark(true);
});
document.addEventListener("dragleave", (event) => {
  if (!drags(event)) return;
  depth -= 1;
  if (depth <= 0) mark(false);
});
document.addEventListener("dragover", (event) => {
  if (drags(event)) event.preventDefault();
});
document.addEventListener("drop", async (event) => {
  depth = 0;
  mark(false);
  if (!drags(event)) return;
  event.preventDefault();
  const { files } = event.dataTransfer;
  if (document.querySelector("[data-upload]")) {
    document.dispatchEvent(new CustomEvent("photos-dropped", { detail: files }));
    return;
  }
  await Promise.all(Array.from(files, (file) => keep({ file, submission: uuid(), person: "" })));
  window.location.assign(document.body.dataset.photos);
});
