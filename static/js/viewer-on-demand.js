// The interactive view takes the film's place as soon as somebody moves, touches or types: a visitor
// who only looks or reads is spared a megabyte and the work of drawing.
(() => {
  "use strict";

  const stage = document.querySelector("photo-3d[data-viewer]");
  const signs = ["pointermove", "pointerdown", "keydown", "focusin"];
  const load = () => {
    signs.forEach((sign) => document.removeEventListener(sign, load));
    import(stage.dataset.viewer);
  };
  signs.forEach((sign) => document.addEventListener(sign, load, { passive: true }));

  // People who want less motion start the film themselves.
  const film = stage.querySelector("video");
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    film.autoplay = false;
    film.controls = true;
    film.pause();
  }
})();
