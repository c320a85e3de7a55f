// The film inside a <photo-3d>: shown until the scene is there, and again where a device is too slow
// to draw what moves by itself. As soon as somebody moves the camera, the scene is back.

// What the film was made with; it shows the same as the scene while none of these has changed.
const MADE_WITH = ["src", "motion", "amplitude", "focus", "frame", "blur", "vignette"];
const ALIKE = 0.01; // by which the shapes of film and scene may differ, as a share

export class Film {
  constructor(host) {
    this.host = host;
    this.made = this.#settings();
  }

  get #video() { return this.host.querySelector("video"); }

  // Seconds since its start and of all of it, if it is playing by now.
  get at() {
    const video = this.#video;
    return video && !video.paused && video.currentTime > 0 ? [video.currentTime, video.duration] : null;
  }

  // It need not play, nor load, while the scene is shown.
  rest() {
    const video = this.#video;
    delete this.host.dataset.film;
    if (!video) return;
    video.autoplay = false;
    video.pause();
  }

  // Takes the scene's place where it shows the same; `share` of the loop has passed.
  standIn(share) {
    const video = this.#video;
    if (!video?.src || video.error || this.made !== this.#settings() || !this.#alike(video)) return false;
    video.loop = video.muted = true;
    if (video.duration) video.currentTime = share * video.duration;
    video.play().then(() => { this.host.dataset.film = ""; }, () => {});
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
