// A picture or a film that does not come, for want of a connection, leaves its place calm (the style sheets know
// `data-missing`), and is asked for again until it is there: when the device is online again, and now and then.
(() => {
  "use strict";

  const [SOONEST, LATEST] = [3_000, 60_000]; // ms between two tries
  const missing = new Set();
  let pause = SOONEST;
  let timer = 0;

  const wait = () => { timer ||= window.setTimeout(again, pause); };

  const miss = (picture) => {
    picture.dataset.missing = "";
    missing.add(picture);
    wait();
  };

  const found = (picture) => {
    if (!missing.delete(picture)) return;
    delete picture.dataset.missing;
    pause = SOONEST;
  };

  // Nothing tells of a film's still that has not come but another picture of the same address.
  const look = (film) => {
    const still = new Image();
    still.addEventListener("error", () => miss(film));
    still.addEventListener("load", () => {
      if (!missing.has(film)) return;
      found(film);
      film.poster = still.src;
      if (film.error) film.load();
    });
    still.src = film.poster;
  };

  function again() {
    window.clearTimeout(timer);
    timer = 0;
    if (document.hidden) return; // until somebody looks
    pause = Math.min(2 * pause, LATEST);
    missing.forEach((picture) => {
      if (!picture.isConnected) missing.delete(picture);
      else if (picture.poster) look(picture);
      else picture.src = picture.src;
    });
    if (missing.size) wait();
  }

  const lost = (target) => {
    if (target.localName === "video" && target.poster) miss(target);
    // One that this page was given as a file is a picture that the browser cannot read.
    if (target.localName !== "img" || !target.isConnected || target.src.startsWith("blob:")) return;
    miss(target);
    document.querySelectorAll("video[poster]:not([data-missing])").forEach(look); // it may not be the only one
  };
  document.addEventListener("error", ({ target }) => lost(target), true);
  document.addEventListener("load", ({ target }) => found(target), true);
  window.addEventListener("online", () => { pause = SOONEST; again(); });
  document.addEventListener("visibilitychange", again);

  // Those that had not come before this script.
  document.querySelectorAll("img").forEach((each) => each.complete && !each.naturalWidth && each.src && lost(each));
  if (!navigator.onLine) document.querySelectorAll("video[poster]").forEach(look);
})();
