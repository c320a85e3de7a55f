// Uploads: dropped anywhere, pasted, chosen or taken, one request each, one after another, each with
// its own preview, progress and way out. The texts stand in the form's data attributes.
(() => {
  "use strict";

  const RETRY = 10_000; // ms after which a place in the works is asked for again
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const texts = form.dataset;
  const field = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-uploads]");
  const queue = [];
  let sending = null;
  let arrived = null; // the photo's page, while it is the only one

  field.multiple = true;
  field.tabIndex = -1; // the button stands for it

  const uuid = () => {
    // crypto.randomUUID is there on safe origins alone.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  class Upload {
    constructor(file) {
      this.file = file;
      this.submission = uuid();
      this.row = form.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
      this.bar = this.row.querySelector("progress");
      this.again = this.row.querySelector("[data-again]");
      this.row.querySelector(".upload-name").textContent = file.name;
      this.again.addEventListener("click", () => this.enqueue());
      this.row.querySelector("[data-stop]").addEventListener("click", () => this.leave());
      list.append(this.row);
      list.hidden = false;
      this.#preview();
    }

    #preview() {
      const image = this.row.querySelector("img");
      const address = URL.createObjectURL(this.file);
      image.addEventListener("load", () => {
        image.hidden = false;
        URL.revokeObjectURL(address);
      });
      image.addEventListener("error", () => URL.revokeObjectURL(address));
      image.src = address;
    }

    say(text, refused = false) {
      this.row.querySelector("[role=status]").textContent = text;
      this.row.classList.toggle("refused", refused);
      this.again.hidden = !refused;
      if (refused) this.again.hidden = this.file.size > texts.maxBytes;
    }

    enqueue() {
      if (this.file.size > texts.maxBytes) {
        this.say(texts.tooLarge, true);
        return;
      }
      this.say(/\.hei[cf]$/i.test(this.file.name) ? texts.heic : texts.waiting);
      this.bar.value = 0;
      queue.push(this);
      next();
    }

    leave() {
      window.clearTimeout(this.timer);
      this.request?.abort();
      if (queue.includes(this)) queue.splice(queue.indexOf(this), 1);
      this.row.remove();
      list.hidden = !list.children.length;
      this.done();
    }

    done() {
      if (sending === this) sending = null;
      next();
    }

    send() {
      const data = new FormData(form);
      data.set("photo", this.file, this.file.name);
      data.set("submission", this.submission);
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("POST", form.action);
      request.setRequestHeader("X-Upload", "1");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        this.bar.value = (100 * event.loaded) / event.total;
        const share = Math.floor(this.bar.value);
        this.say(share < 100 ? `${texts.sending}… ${share}%` : `${texts.checking}…`);
      });
      request.addEventListener("load", () => this.#answered(request));
      request.addEventListener("error", () => this.#lost());
      this.say(`${texts.sending}…`);
      request.send(data);
    }

    #answered(request) {
      if (request.status === 201) {
        arrived = sole() ? request.getResponseHeader("Location") : null;
        if (arrived) {
          window.location.assign(arrived);
          return;
        }
        show(request.responseText);
        this.leave();
        return;
      }
      const plain = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
      const signedOut = request.responseURL && !request.responseURL.startsWith(form.action);
      this.say(plain ? request.responseText : signedOut ? texts.signedOut : texts.broken, true);
      const patience = 1000 * request.getResponseHeader("Retry-After");
      if (request.status === 429 && patience && patience <= 6 * RETRY) {
        // A place gets free soon: it goes on by itself.
        this.timer = window.setTimeout(() => this.enqueue(), Math.min(patience, RETRY));
      }
      this.done();
    }

    #lost() {
      this.say(texts.lost, true);
      window.addEventListener("online", () => this.row.isConnected && this.enqueue(), { once: true });
      this.done();
    }
  }

  // One photo alone goes on to its page; of several, each gets its card.
  const sole = () =>
    list.querySelectorAll(".upload-row:not(.refused)").length === 1 &&
    !document.querySelector("#wall [data-new]");

  const show = (card) => {
    const wall = document.querySelector("#wall");
    wall.insertAdjacentHTML("afterbegin", card);
    wall.firstElementChild.dataset.new = "";
    document.querySelector("#empty")?.remove();
    window.htmx.process(wall.firstElementChild);
    window.htmx.trigger(document.body, "photos-changed");
  };

  const next = () => {
    if (sending || !queue.length) return;
    sending = queue.shift();
    sending.send();
  };

  const take = (files) => Array.from(files, (file) => new Upload(file)).forEach((each) => each.enqueue());

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

  let depth = 0;
  const drags = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (on) => document.body.classList.toggle("dropping", on);
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
    if (!drags(event)) return;
    event.preventDefault();
    depth = 0;
    mark(false);
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take(event.clipboardData.files);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!arrived && (sending || queue.length)) event.preventDefault();
  });
})();
