// Hands the film itself, or the link, to another app of the device, where there is a way (Web Share API).

import { download } from "./download.js";

const film = new File([], "film.mp4", { type: "video/mp4" });
const fetched = new Map(); // address → the film, so that a second tap need not wait

function offer() {
  for (const button of document.querySelectorAll("[data-send-film]")) {
    button.hidden = !navigator.canShare?.({ files: [film] });
  }
  for (const button of document.querySelectorAll("[data-send-link]")) button.hidden = !navigator.share;
}

async function content(button) {
  const { sendFilm, sendLink, name } = button.dataset;
  if (sendLink) return { url: sendLink };
  if (!fetched.has(sendFilm)) {
    fetched.set(sendFilm, new File([await download(sendFilm)], name, { type: film.type }));
  }
  return { files: [fetched.get(sendFilm)] };
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-send-film], [data-send-link]");
  if (!button || button.ariaBusy === "true") return;
  const says = document.getElementById("send-says");
  says.textContent = "";
  button.ariaBusy = "true";
  try {
    await navigator.share(await content(button));
  } catch (error) {
    // Browsers allow it for some seconds after a tap; a film on a slow line takes longer.
    if (error.name === "NotAllowedError") says.textContent = says.dataset.again;
    else if (error.name !== "AbortError") says.textContent = says.dataset.failed;
  } finally {
    button.ariaBusy = null;
  }
});

document.addEventListener("htmx:afterSettle", offer);
offer();
