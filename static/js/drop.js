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
// Of a folder, what may be photos in it, also further down; files that were dropped as such, all of them.
const inside = async (entry) => {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    const system = /^(\.|thumbs\.db$|desktop\.ini$)/i.test(file.name);
    return system || !/^(image\/|$)/.test(file.type) ? [] : [file];
  }
  const reader = entry.createReader();
  const found = [];
  for (let some = [1]; some.length;) {
    some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    found.push(...some);
  }
  found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return (await Promise.all(found.map(inside))).flat();
};

// The browser tells of folders only while the event lasts.
const dropped = ({ items, files }) => {
  const entries = [...items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  const parts = Array.from(files, (file, i) => (entries[i]?.isDirectory ? inside(entries[i]) : [file]));
  return Promise.all(parts).then((all) => all.flat());
};

document.addEventListener("drop", async (event) => {
  depth = 0;
  mark(false);
  if (ours) event.preventDefault();
  if (!drags(event)) return;
  event.preventDefault();
  const found = dropped(event.dataTransfer);
  const files = found instanceof Promise ? await found : found;
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
