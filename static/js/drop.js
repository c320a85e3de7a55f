// A photo that is dropped on any page is made: at once where photos are added, else after the way
// there, which may lead through the sign-in.

// Few pages need it, and those only once something is dropped.
const store = () => import("./upload/store.js");

// Keeps photos in this browser and goes to where they are made, by the sign-in if need be.
const begin = async (files) => {
  const chosen = Array.from(files); // a drop's own list is empty a moment later
  if (!chosen.length) return;
  const { keep, uuid } = await store();
  await Promise.all(chosen.map((file) => keep({ file, submission: uuid(), person: "" })));
  window.location.assign(document.body.dataset.photos);
};

let depth = 0;
let ours = false; // a picture of the page itself is dragged: that is no new photo
const mark = (on) => document.body.classList.toggle("dropping", on);
// A field for a file takes what is dropped on it.
const drags = (event) =>
  !ours && event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file]");

document.addEventListener("dragstart", () => { ours = true; });
document.addEventListener("dragend", () => { ours = false; });
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
document.addEventListener("drop", (event) => {
  depth = 0;
  mark(false);
  if (ours) event.preventDefault();
  if (!drags(event)) return;
  event.preventDefault();
  const { files } = event.dataTransfer;
  if (document.querySelector("[data-upload]")) {
    document.dispatchEvent(new CustomEvent("photos-dropped", { detail: files }));
    return;
  }
  begin(files);
});

// The first page's own field.
const first = document.querySelector("[data-first]");
document.querySelector("[data-pick-first]")?.addEventListener("click", () => first.click());
first?.addEventListener("change", () => begin(first.files));

// The sign-in says what waits for it.
const note = document.querySelector("[data-kept]");
if (note) {
  store().then(({ waiting }) => waiting()).then((names) => {
    note.hidden = !names.length;
    note.querySelector("strong").textContent = names.join(", ");
  });
}
