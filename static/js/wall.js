// New results announce themselves: to screen readers, in the title of a page in the background, and
// by a notification where that is wished.
(() => {
  "use strict";

  const ACTIVE = ["held", "queued", "running"];
  const news = document.querySelector("[data-news]");
  const asked = document.documentElement.classList.contains("asked"); // asked.js
  const button = asked ? null : document.querySelector("[data-notify]");
  // There the row is full, so that the place of a bell that comes and goes would be seen as a gap.
  const narrow = window.matchMedia("(max-width: 40rem)");
  const title = document.title;
  let unseen = 0;

  const working = () => document.querySelector(ACTIVE.map((each) => `.card[data-state=${each}]`).join());

  let waited = false;
  const offer = () => {
    // What is offered while there is something to wait for leaves its place to a word once there is nothing.
    waited ||= Boolean(working());
    const { classList } = document.querySelector("#tell-all");
    classList.toggle("waited", waited);
    classList.toggle("done", !working());
    if (!button) return;
    button.hidden = Notification.permission !== "default" || !(working() || narrow.matches);
  };
  button?.addEventListener("click", () => Notification.requestPermission().then(offer));

  // A service worker shows it where there is one: on telephones no page may do so by itself.
  const notify = async (text, card) => {
    const icon = card.querySelector("img").src;
    const address = card.querySelector(".card-name").href;
    const worker = await navigator.serviceWorker?.getRegistration();
    if (worker?.active) {
      await worker.showNotification(text, { icon, data: { address } });
      return;
    }
    new Notification(text, { icon }).addEventListener("click", () => {
      window.focus();
      window.location.assign(address);
    });
  };

  const announce = (card) => {
    const { name, setback } = card.dataset;
    const state = setback === undefined ? card.dataset.state : "setback";
    const text = news.dataset[{ succeeded: "ready", cancelled: "stopped" }[state] ?? state]?.replace("{name}", () => name);
    if (!text) return;
    news.textContent = text;
    if (!document.hidden) return;
    unseen += 1;
    document.title = `(${unseen}) ${title}`;
    if ("Notification" in window && Notification.permission === "granted") {
      notify(text, card).catch(() => {}); // the title has said it
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unseen = 0;
    document.title = title;
  });

  // What is there when a page comes is said by nobody; so the photo that is back, or was stopped, gets the
  // focus. Once: whoever reloads the page has done nothing.
  const address = new URL(window.location);
  const given = address.searchParams;
  const done = ["restored", "stopped"].find((each) => given.has(each));
  const link = document.getElementById(`name-${given.get(done)}`);
  const several = Number(given.get("several"));
  if (link) {
    link.focus();
    const text = news.dataset[several ? "several" : done].replace("{count}", several).replace("{name}", () => link.textContent);
    // One that still works on the step before says it itself, once it has stopped.
    const stops = done === "stopped" && ACTIVE.includes(link.closest(".card").dataset.state);
    if (!stops) window.setTimeout(() => { news.textContent = text; }, 500);
  }
  if (done) {
    [done, "several"].forEach((each) => given.delete(each));
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
