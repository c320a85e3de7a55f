// Filling the screen with a <photo-3d>, before its script has come as well as later.

// Where an f is a letter.
const WRITTEN = "textarea, select, input:not([type=radio], [type=range], [type=checkbox])";

export const asksToFill = ({ key, ctrlKey, metaKey, altKey, target }) =>
  key === "f" && !ctrlKey && !metaKey && !altKey && !target.closest(WRITTEN);

export const canFill = (element) => document.fullscreenEnabled && element.hasAttribute("label-full");

// With the frame that the picture stands in; or leaves it again.
export function fill(element) {
  if (document.fullscreenElement) document.exitFullscreen();
  else element.parentElement.requestFullscreen?.().catch(() => {});
}
