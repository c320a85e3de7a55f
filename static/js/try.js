// Samples to play with: a scene is fetched once somebody touches it, each with the motion and the strength
// that are chosen beside it.
(() => {
  "use strict";

  const part = document.querySelector("[data-try]");
  const form = part.querySelector("form");
  const stage = part.querySelector("[data-stage]");
  const { labelPause, labelPlay } = stage.dataset;

  const view = (sample) => {
    const poster = sample.parentNode.querySelector("img");
    const still = poster.cloneNode();
    const made = document.createElement("photo-3d");
    const { scene, focus, frame } = sample.dataset;
    const values = { src: scene, focus, frame, label: poster.alt, "label-pause": labelPause, "label-play": labelPlay };
    Object.entries(values).forEach(([name, value]) => value && made.setAttribute(name, value));
    made.append(still);
    return made;
  };

  const show = () => {
    const sample = form.querySelector("[name=sample]:checked");
    let shown = stage.querySelector("photo-3d");
    if (shown?.getAttribute("src") !== sample.dataset.scene) {
      shown = view(sample);
      stage.replaceChildren(shown);
      import(part.dataset.viewer);
    }
    shown.setAttribute("motion", form.elements.motion.value);
    shown.setAttribute("amplitude", sample.dataset.amplitude * form.elements.strength.value);
  };

  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  ["pointerenter", "pointerdown"].forEach((sign) => stage.addEventListener(sign, show, { once: true }));
})();
