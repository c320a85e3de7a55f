// The place to add photos: dropped anywhere, pasted, chosen or taken. Each has a row with its preview,
// progress and way out until the server has it. The texts stand in the form's data attributes.

import { Sender } from "./upload/sender.js";
import * as store from "./upload/store.js";
import { twinOf } from "./upload/twins.js";

const form = document.querySelector("[data-upload]");
const texts = form.dataset;
const field = form.querySelector("input[type=file]");
const list = form.querySelector("[data-uploads]");
const fold = form.querySelector("[data-fold]");
const holding = form.querySelector("[data-hold]");
const usage = () => form.querySelector("[data-person]");
const person = usage().dataset.person;
let batch = 0; // photos that were given since nothing was on its way
let leaving = false;

field.multiple = true;
field.tabIndex = -1; // the button stands for it

const sender = new Sender({
  form,
  usage: texts.usage,
  texts,
  hold(reason, text) {
    holding.hidden = !text;
    holding.firstElementChild.textContent = text;
    holding.querySelector("a").hidden = reason !== "signed-out";
  },
  renew(newest) {
    if (newest.dataset.person !== person) {
      // Somebody else has signed in by now: what is left stays with whom it belongs to.
      leaving = true;
      window.location.reload();
      return false;
    }
    usage().replaceWith(newest);
    // A new session has a new token, for every form on the page.
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => {
      input.value = newest.dataset.token;
    });
    return true;
  },
});

// How many there are of each kind, which the folded list says as well.
const count = () => {
  const [refused, twins] = [".refused", ".twin"].map((each) => list.querySelectorAll(each).length);
  const counts = { left: list.children.length - refused - twins, refused, twins };
  fold.hidden = !list.children.length;
  fold.firstElementChild.textContent = ["left", "refused", "twins"]
    .filter((kind) => counts[kind])
    .map((kind) => fold.dataset[kind].replace("{count}", counts[kind]))
    .join(document.documentElement.lang === "ja" ? "・" : " · ");
};

// Who has put the list away does not get it back with the next page.
const FOLDED = "amena-uploads-folded"; // in sessionStorage
fold.open = !sessionStorage.getItem(FOLDED);
fold.addEventListener("toggle", () => {
  if (fold.open) sessionStorage.removeItem(FOLDED);
  else sessionStorage.setItem(FOLDED, "1");
});

const rows = new Set();

class Row {
  constructor(name, submission) {
    Object.assign(this, { name, submission });
    rows.add(this);
    this.node = form.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
    this.bar = this.node.querySelector("progress");
    this.node.querySelector(".upload-name").textContent = name;
    this.node.querySelector("[data-stop]").addEventListener("click", () => this.leave());
    list.append(this.node);
    count();
  }

  // Percentages are for the eye alone: who hears the page would hear nothing else.
  say(text, { refused = false, again = false, share = "" } = {}) {
    const [says, percent] = this.node.querySelector(".upload-says").children;
    if (says.textContent !== text) says.textContent = text;
    percent.textContent = share;
    if (this.node.classList.toggle("refused", refused) !== Boolean(this.refusal)) count();
    this.refusal = refused && (again ? texts.missing : text);
    this.node.querySelector("[data-again]").hidden = !again;
  }

  leave() {
    const next = this.node.nextElementSibling ?? this.node.previousElementSibling;
    const focused = this.node.contains(document.activeElement);
    this.node.remove();
    rows.delete(this);
    count();
    if (focused) (next ?? form).querySelector("button[data-stop], button[data-pick]").focus();
    if (!sender.busy) batch = 0;
  }
}

// One that is the same as `first`, which was given before; made only if that is what is wanted.
class Twin extends Row {
  constructor(photo, first) {
    super(photo.file.name, photo.submission);
    Object.assign(this, { photo, first });
    this.node.classList.add("twin");
    this.say(texts.twin);
    const more = this.node.querySelector("[data-again]");
    more.textContent = texts.twinMore;
    more.hidden = false;
    more.addEventListener("click", () => this.goOn({ twice: true }));
    count();
  }

  goOn(how) {
    this.leave();
    batch += 1;
    keep({ ...this.photo, ...how });
  }

  refused(text) {
    this.node.classList.remove("twin");
    this.say(text, { refused: true });
  }
}

const twinsOf = (first) => [...rows].filter((row) => row.first === first);

class Upload extends Row {
  constructor({ file, submission = store.uuid(), wishes }) {
    super(file.name, submission);
    Object.assign(this, { file, wishes });
    this.node.querySelector("[data-again]").addEventListener("click", () => this.start());
    const image = this.node.querySelector("img");
    const address = URL.createObjectURL(file);
    image.addEventListener("load", () => {
      image.hidden = false;
      URL.revokeObjectURL(address);
    });
    image.addEventListener("error", () => URL.revokeObjectURL(address));
    image.src = address;
  }

  start() {
    this.waits();
    sender.add(this);
  }

  waits() {
    this.bar.value = 0;
    this.say(/\.hei[cf]$/i.test(this.file.name) ? texts.heic : texts.waiting);
  }

  progress(share) {
    this.bar.value = 100 * share;
    if (share < 1) this.say(`${texts.sending}…`, { share: ` ${Math.floor(100 * share)}%` });
    else this.say(`${texts.checking}…`);
  }

  taken(request) {
    store.forget(this.submission);
    made.push(this);
    if (batch === 1) {
      leaving = true;
      window.location.assign(request.getResponseHeader("Location"));
      return;
    }
    show(request.responseText);
    super.leave();
  }

  refused(text, again) {
    this.say(text, { refused: true, again });
    if (!again) {
      store.forget(this.submission);
      twinsOf(this).forEach((twin) => twin.refused(text));
    }
    if (!sender.busy) batch = 0;
  }

  leave() {
    store.forget(this.submission);
    sender.remove(this);
    super.leave();
    twinsOf(this)[0]?.goOn(); // who takes one of two away keeps the other
  }
}

// One photo alone goes on to its page; of several, each gets its card. With the first comes what there
// is on a wall of photos.
const show = (card) => {
  const wall = document.querySelector("#wall");
  wall.insertAdjacentHTML("afterbegin", card);
  const made = wall.firstElementChild;
  document.querySelector("#empty")?.remove();
  document.querySelectorAll(".wall-head, [data-select]").forEach((part) => { part.hidden = false; });
  // Sent once more after a reload, it may be there already.
  wall.querySelectorAll(`#${made.id}`).forEach((each) => each === made || each.remove());
  window.htmx.process(made);
  window.htmx.trigger(document.body, "photos-changed");
};

const wishes = () => {
  const data = new FormData(form);
  ["csrfmiddlewaretoken", "submission", "photo"].forEach((name) => data.delete(name));
  return [...data];
};

const made = []; // what this page has uploaded

// Photos come one by one, so that the order in which they were given holds while two are compared.
let giving = Promise.resolve();
const give = (given) => {
  const photo = { ...given, wishes: given.wishes ?? wishes() };
  giving = giving.then(async () => {
    const known = () => [...made, ...rows].filter((each) => each.file && !each.refusal);
    const first = photo.twice ? null : await twinOf(photo, known());
    if (!known().includes(first)) { // which may have been refused or taken away meanwhile
      new Upload(photo).start();
      return;
    }
    store.forget(photo.submission);
    batch -= 1;
    new Twin(photo, first);
  });
};
const keep = (photo) => {
  store.keep(photo);
  give(photo);
};

const take = (files) => {
  const wished = wishes();
  batch += files.length;
  Array.from(files, (file) => ({ file, wishes: wished, submission: store.uuid(), person })).forEach((photo) => {
    if (photo.file.size > texts.maxBytes) {
      new Upload(photo).refused(texts.tooLarge, false);
      return;
    }
    keep(photo);
  });
};

field.addEventListener("change", () => {
  take(field.files);
  field.value = "";
});
const pick = (selector, prepare) => {
  const button = form.querySelector(selector);
  button.addEventListener("click", () => {
    prepare();
    field.click();
  });
};
pick("[data-pick]", () => field.removeAttribute("capture"));
pick("[data-camera]", () => field.setAttribute("capture", "environment"));
document.addEventListener("photos-dropped", ({ detail }) => take(detail));
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files);
});
// Signed out meanwhile: a card that asks for itself would lead away from what is still to be sent.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (sender.busy && event.detail.xhr.getResponseHeader("HX-Redirect")) event.preventDefault();
});
// A form that only downloads leaves the page where it is.
let stays = false;
let ending = false; // who signs out leaves nothing behind
document.addEventListener("submit", (event) => {
  stays = event.submitter?.dataset.stays !== undefined;
  ending = Boolean(event.target.closest(".head"));
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && !stays && sender.busy) event.preventDefault();
  stays = false;
});

// What was refused stands there until somebody has put it away, whichever way the page was left.
window.addEventListener("pagehide", () => {
  const refused = [...rows].filter(({ refusal }) => refusal);
  store.noteRefused(ending ? [] : refused.map(({ name, submission, refusal }) => ({ name, submission, refusal, person })));
});
store.refused(person).forEach(({ name, submission, refusal }) => {
  new Row(name, submission).say(refusal, { refused: true });
});
const listed = new Set([...rows].map(({ submission }) => submission));
store.missing().filter(([submission]) => !listed.has(submission)).forEach(([submission, name]) => {
  new Row(name, submission).say(texts.missing, { refused: true });
});
store.adopt(person, (photos) => {
  // They are not missing after all.
  const found = new Set(photos.map(({ submission }) => submission));
  rows.forEach((row) => row.refusal && found.has(row.submission) && row.leave());
  // What is left of several is not one alone; what was dropped before the sign-in may be.
  batch += photos.length + (photos[0].owner === person ? 1 : 0);
  photos.forEach(give);
});
