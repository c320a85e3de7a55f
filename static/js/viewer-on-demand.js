// The interactive view takes the film's place as soon as somebody moves, touches or types: who only
// looks or reads is spared a megabyte and the work of drawing.
(() => {
  "use strict";

  const stage = document.querySelector("photo-3d[data-viewer]");
  const wishes = ["pointermove", "pointerdown", "keydown", "focusin"];
  const load = () => {
    wishes.forEach((wish) => document.removeEventListener(wish, load));
    import(stage.dataset.viewer);
  };
  wishes.forEach((wish) => document.addEventListener(wish, load, { passive: true }));

  // Who wants less motion starts the film themselves.
  const film = stage.querySelector("video");
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    film.autoplay = false;
    film.controls = true;
    film.pause();
  }
})();
