// Sends photos one after another, each once. Whatever stands in the way of all of them (no connection,
// signed out, no room, a service that is away) stops the line; a small request finds out when it may go
// on. Only what is wrong with one photo itself ends that photo.

const FIRST_WAIT = 2_000; // ms until it is asked again, doubled each time
const LONGEST_WAIT = 60_000;
const SPACE = document.documentElement.lang === "ja" ? "" : " "; // between two sentences
const ANSWER = 30_000; // ms in which the small request is answered, or never
const STILL = 120_000; // ms without any progress after which a photo is sent anew, doubled each time: a slow line may
// take minutes for what the browser has handed it
const TRIES = 3; // that one photo gets while the service answers with errors

export class Sender {
  #queue = [];
  #sending = null;
  #request = null;
  #timer = 0;
  #still = 0; // timer
  #wait = FIRST_WAIT;
  #tooFast = 0; // ms after which one may come that the service has just turned away
  #pace = 0; // ms between two photos, once it was that they came too fast
  #held = false;
  #asking = false;

  // `form`: where to send; `usage`: what to ask; `hold(reason, text)`: why nothing goes on, "" once it
  // does; `renew(usage)`: the newest usage, as a node; `texts`: what to say.
  constructor({ form, usage, hold, renew, texts }) {
    Object.assign(this, { form, usage, hold, renew, texts });
    const ask = () => this.#held && this.#ask();
    window.addEventListener("online", ask);
    window.addEventListener("focus", ask);
    document.addEventListener("visibilitychange", () => document.hidden || ask());
  }

  get busy() {
    return Boolean(this.#sending || this.#queue.length);
  }

  add(upload) {
    Object.assign(upload, { tries: 0, still: STILL });
    this.#queue.push(upload);
    this.#next();
  }

  remove(upload) {
    this.#queue = this.#queue.filter((each) => each !== upload);
    if (this.#sending === upload) {
      this.#sending = null;
      this.#request.abort();
      this.#next();
    }
  }

  #next() {
    if (this.#held || this.#sending || !this.#queue.length) return;
    this.#sending = this.#queue.shift();
    this.#send(this.#sending);
  }

  #send(upload) {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    upload.wishes.forEach(([name, value]) => data.append(name, value));
    data.set("submission", upload.submission);
    data.set("photo", upload.file, upload.file.name);
    const request = new XMLHttpRequest();
    this.#request = request;
    request.open("POST", this.form.action);
    request.setRequestHeader("X-Upload", "1");
    const moves = () => {
      window.clearTimeout(this.#still);
      this.#still = window.setTimeout(() => this.#stuck(upload, request), upload.still);
    };
    request.addEventListener("loadend", () => this.#request === request && window.clearTimeout(this.#still));
    request.upload.addEventListener("progress", (event) => {
      moves();
      if (event.lengthComputable) upload.progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => this.#answered(upload, request));
    request.addEventListener("error", () => this.#failed(upload));
    upload.progress(0);
    moves();
    request.send(data);
  }

  // The line has gone dead without a word. What has arrived after all is made once.
  #stuck(upload, request) {
    if (this.#sending !== upload || this.#request !== request) return;
    upload.still *= 2;
    this.#again(upload, "offline", this.texts.lost);
    request.abort();
  }

  #answered(upload, request) {
    const { status } = request;
    if (status === 201) {
      this.#sending = null;
      this.#wait = FIRST_WAIT;
      upload.taken(request);
      if (request.getResponseHeader("X-Upload-Full")) this.#stop("full", "");
      else if (this.#pace) this.#stop("pace", "", this.#pace);
      this.#next();
    } else if (status === 429) {
      this.#tooFast = Math.min(1000 * Number(request.getResponseHeader("Retry-After")) || 0, LONGEST_WAIT);
      this.#again(upload, "full", "");
    } else if (status === 503) {
      this.#again(upload, "away", this.texts.away, this.#longer());
    } else if ([400, 413].includes(status)) {
      this.#sending = null;
      upload.refused(request.responseText, false);
      this.#next();
    } else {
      // Signed out, a stale page, or a fault on the other side, which may be this photo's own.
      upload.tries += 1;
      if (upload.tries < TRIES) {
        this.#again(upload, "away", "", status >= 500 ? this.#longer() : 0);
        return;
      }
      this.#sending = null;
      upload.refused(this.texts.broken, true);
      this.#next();
    }
  }

  // Nothing has come back: no line, or no file any more, as where it was renamed or is a folder.
  async #failed(upload) {
    try {
      await upload.file.slice(0, 1).arrayBuffer();
    } catch {
      if (this.#sending !== upload) return;
      this.#sending = null;
      upload.refused(this.texts.unreadable, false);
      this.#next();
      return;
    }
    if (this.#sending === upload) this.#again(upload, "offline", this.texts.lost);
  }

  // The photo keeps its turn.
  #again(upload, reason, text, delay = 0) {
    this.#sending = null;
    upload.waits();
    this.#queue.unshift(upload);
    this.#stop(reason, text, delay);
  }

  #stop(reason, text, delay = 0) {
    this.#held = true;
    this.hold(reason, text);
    this.#later(delay);
  }

  #later(delay) {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#ask(), delay);
  }

  #longer() {
    const wait = this.#wait;
    this.#wait = Math.min(2 * wait, LONGEST_WAIT);
    return wait;
  }

  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    window.clearTimeout(this.#timer);
    try {
      await this.#found(await fetch(this.usage, {
        cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout?.(ANSWER),
      }));
    } catch {
      this.hold("offline", this.texts.lost);
      this.#later(this.#longer());
    } finally {
      this.#asking = false;
    }
  }

  async #found(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const usage = page.querySelector("[data-person]");
    if (answer.status >= 500) {
      this.hold("away", this.texts.away);
      this.#later(this.#longer());
    } else if (!answer.ok || !usage) {
      this.hold("signed-out", this.texts.signedOut);
      this.#later(this.#longer());
    } else if (this.renew(usage) && usage.dataset.full) {
      this.#tooFast = 0;
      this.hold("full", [usage.dataset.full, this.texts.full].join(SPACE));
      this.#later(this.#longer());
    } else if (this.#tooFast) {
      this.#pace = this.#tooFast;
      this.#tooFast = 0;
      this.#later(this.#pace);
    } else {
      this.#held = false;
      this.hold("", "");
      this.#next();
    }
  }
}
