// What the attributes of a <photo-3d> say; viewer.js lists them.

const WHOLE = Object.freeze({ zoom: 1, x: 0, y: 0 });

export class Attributes extends HTMLElement {
  static observedAttributes = [
    "src", "label", "amplitude", "focus", "motion", "frame", "view", "mark", "blur", "vignette",
    "width", "height",
  ];

  get amplitude() { return this.number("amplitude", 0.03); }
  set amplitude(value) { this.setAttribute("amplitude", value); }
  get motion() { return this.getAttribute("motion") ?? "circle"; }
  set motion(value) { this.setAttribute("motion", value); }
  get view() { return this.getAttribute("view") ?? "3d"; }
  set view(value) { this.setAttribute("view", value); }

  // Disparity of the plane that stays still. An element's `focus` is another thing.
  get plane() { return this.number("focus", 0.5); }

  // The part of the picture that is shown: its magnification and its middle. Still, and as a map of depth, all
  // of it is.
  get part() {
    const [zoom, x, y] = (this.getAttribute("frame") ?? "").trim().split(/\s+/).map(Number);
    return zoom >= 1 && this.view === "3d" ? { zoom, x: x || 0, y: y || 0 } : WHOLE;
  }

  // A number, or `otherwise` where there is none.
  number(name, otherwise) {
    const value = parseFloat(this.getAttribute(name));
    return Number.isFinite(value) ? value : otherwise;
  }

  // Gives the element its shape; not as an attribute: a page's policy may refuse styles there.
  shape() {
    const [width, height] = ["width", "height"].map((name) => this.number(name, 0));
    if (width && height) this.style.setProperty("--ratio", width / height);
  }
}
