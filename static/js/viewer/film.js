// The film inside a <photo-3d>: shown until the scene is there, and again where a device is too slow
// to draw what moves by itself. As soon as somebody moves the camera, the scene is back.

// What the film was made with; it shows the same as the scene while none of these has changed.
const MADE_WITH = ["src", "motion", "amplitude", "focus", "frame", "blur", "vignette"];
const ALIKE = 0.01; // by which the shapes of film and scene may differ, as a share

export class Film {
  constructor(host) {
    this.host = host;
    this.made = this.#settings();
    this.broken = false;
    this.standsIn = false; // or is about to
  }

  // Whether it plays, or will as soon as enough of it is there.
  get started() { return this.#video?.paused === false; }

  // Whether it has the keyboard's focus.
  get held() { return this.#video === document.activeElement; }

  get #video() { return this.host.querySelector("video"); }

  // Seconds since its start and of all of it, if it is playing by now.
  get at() {
    const video = this.#video;
    return video && !video.paused && video.currentTime > 0 ? [video.currentTime, video.duration] : null;
  }

  // It need not play, nor load, while the scene is shown.
  rest() {
    const video = this.#video;
    this.standsIn = false;
    delete this.host.dataset.film;
    if (!video) return;
    video.autoplay = false;
    video.pause();
  }

  // Takes the scene's place where it shows the same; `share` of the loop has passed. `failed` is called
  // where the film turns out not to play; it is not tried again then.
  standIn(share, failed) {
    const video = this.#video;
    if (!video?.src || this.broken || this.made !== this.#settings() || !this.#alike(video)) return false;
    video.loop = video.muted = true;
    if (video.duration) video.currentTime = share * video.duration;
    this.standsIn = true;
    video.play().then(() => {
      if (this.standsIn) this.host.dataset.film = "";
    }, () => {
      if (!this.standsIn) return; // somebody was quicker
      this.standsIn = false;
      this.broken = true;
      failed();
    });
    return true;
  }

  // For where no scene can be shown.
  fallBack(calm) {
    const video = this.#video;
    if (video && calm) video.controls = true;
    else video?.play().catch(() => { video.controls = true; });
  }

  #settings() {
    return MADE_WITH.map((name) => this.host.getAttribute(name)).join(" ");
  }

  #alike(video) {
    const [width, height] = ["width", "height"].map((name) => Number(video.getAttribute(name)));
    const { clientWidth, clientHeight } = this.host;
    return Math.abs((width * clientHeight) / (height * clientWidth) - 1) < ALIKE;
  }
}
