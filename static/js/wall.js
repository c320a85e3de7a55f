// New results announce themselves: to screen readers, in the title of a page in the background, and
// by a notification where that is wished.
(() => {
  "use strict";

  const ACTIVE = ["held", "queued", "running"];
  const news = document.querySelector("[data-news]");
  const button = document.querySelector("[data-notify]");
  const title = document.title;
  let unseen = 0;

  const working = () => document.querySelector(ACTIVE.map((each) => `.card[data-state=${each}]`).join());

  const offer = () => {
    // What is offered while there is something to wait for leaves its place free once there is nothing.
    document.querySelector("#tell-all").classList.toggle("done", !working());
    if (!button || !("Notification" in window)) return;
    button.hidden = Notification.permission !== "default" || !working();
  };
  button?.addEventListener("click", () => Notification.requestPermission().then(offer));

  const announce = (card) => {
    const { name, setback } = card.dataset;
    const state = setback === undefined ? card.dataset.state : "setback";
    const text = news.dataset[{ succeeded: "ready", failed: "failed", setback: "setback" }[state]]?.replace("{name}", () => name);
    if (!text) return;
    news.textContent = text;
    if (!document.hidden) return;
    unseen += 1;
    document.title = `(${unseen}) ${title}`;
    if ("Notification" in window && Notification.permission === "granted") {
      const notice = new Notification(text, { icon: card.querySelector("video")?.poster });
      notice.addEventListener("click", () => {
        window.focus();
        window.location.assign(card.querySelector(".card-name").href);
      });
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unseen = 0;
    document.title = title;
  });

  // What is there when a page comes is said by nobody; so the photo that is back gets the focus. Once:
  // whoever reloads the page has restored nothing.
  const address = new URL(window.location);
  const back = document.getElementById(`name-${address.searchParams.get("restored")}`);
  if (back) {
    back.focus();
    window.setTimeout(() => { news.textContent = news.dataset.restored.replace("{name}", () => back.textContent); }, 500);
    address.searchParams.delete("restored");
    window.history.replaceState(window.history.state, "", address);
  }

  // A card that asks for itself replaces itself: what it was is known before, what it is after.
  const before = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    const card = event.target.closest?.(".card");
    if (card) before.set(card.id, card.dataset.state);
  });
  document.addEventListener("htmx:afterSettle", () => {
    before.forEach((state, id) => {
      const card = document.getElementById(id);
      if (!card || !ACTIVE.includes(state) || ACTIVE.includes(card.dataset.state)) return;
      announce(card);
      window.htmx.trigger(document.body, "photos-changed");
    });
    before.clear();
    offer();
  });
  offer();
})();
