// What every page does more with JavaScript; without it every form still works.
(() => {
  "use strict";

  // The server shows times as the clock here does.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`timezone=${zone}`)) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  }

  // Says so where there is no connection, and takes photos that other apps share.
  const { worker } = document.body.dataset;
  window.addEventListener("load", () => {
    if (worker) navigator.serviceWorker?.register(worker, { updateViaCache: "none" }).catch(() => {});
  });

  // Who signs in anew makes the tokens of all forms worthless that other tabs have. A page that comes hands them its
  // own, which counts for the same person alone: what somebody else has left open stays refused.
  const { user } = document.body.dataset;
  const tokens = () => [...document.querySelectorAll("[name=csrfmiddlewaretoken]")];
  if (user && window.BroadcastChannel) {
    const tabs = new BroadcastChannel("amena-tokens");
    tabs.addEventListener("message", ({ data }) => {
      if (data.user === user) tokens().forEach((field) => { field.value = data.token; });
    });
    tabs.postMessage({ user, token: tokens()[0].value });
  }

  // On a line that has gone dead without a word an answer would be waited for till the end of days, and nobody would
  // ask again. Orders are left alone: what is sent with them may take its time.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "get") detail.timeout = 30_000; // ms
  });

  // People who want less motion start videos themselves.
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const canHover = window.matchMedia("(hover: hover)").matches;
  const play = (video) => video?.play().catch(() => {});

  // [data-play-in-view] plays while it is seen; so does [data-hover] where nothing can hover.
  const seen = new IntersectionObserver(
    (entries) => {
      entries.forEach(({ target, isIntersecting }) => {
        if (isIntersecting) play(target);
        else target.pause();
      });
    },
    { threshold: 0.6 },
  );
  const inView = canHover
    ? "video[data-play-in-view]"
    : "video[data-play-in-view], [data-hover] video";

  const settle = (root) => {
    if (!root.querySelectorAll) return;
    if (!calm) {
      root.querySelectorAll(inView).forEach((video) => seen.observe(video));
      return;
    }
    root.querySelectorAll("video[autoplay]").forEach((video) => {
      video.removeAttribute("autoplay");
      video.controls = true;
      video.pause();
    });
    root.querySelectorAll("video[data-play-in-view]").forEach((video) => {
      video.controls = true;
    });
  };

  // Elsewhere it plays while the pointer or the focus is on it.
  const playing = (event, on) => {
    const card = event.target.closest?.(".card, [data-hover]");
    const video = card?.querySelector("[data-hover] video, video");
    if (!video || calm || !canHover) return;
    if (on) play(video);
    else if (!card.contains(event.relatedTarget)) video.pause();
  };
  document.addEventListener("pointerover", (event) => playing(event, true));
  document.addEventListener("pointerout", (event) => playing(event, false));
  document.addEventListener("focusin", (event) => playing(event, true));
  document.addEventListener("focusout", (event) => playing(event, false));

  // A double click is one click, also where the first has asked something or begun a download.
  document.addEventListener("click", (event) => {
    if (event.detail < 2 || !event.target.closest("button:not([type=button]), a[download]")) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // Nor does a form that is on its way go once more, however impatient somebody is.
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    if (!sent.has(event.submitter ?? event.target)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  window.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    const order = event.submitter ?? event.target;
    sent.add(order);
    // A page that stays after all, since it only downloads or somebody has stopped it, can be used again.
    window.setTimeout(() => sent.delete(order), order.dataset.stays === undefined ? 10_000 : 1_000);
  });
  window.addEventListener("beforeunload", (event) => {
    window.setTimeout(() => event.defaultPrevented && sent.clear());
  });
  window.addEventListener("pageshow", () => sent.clear());

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // Without a connection a form would lead to the browser's own page, and be lost with it.
  document.addEventListener("submit", (event) => {
    if (navigator.onLine || event.defaultPrevented || event.target.method !== "post") return;
    event.preventDefault();
    document.querySelector(".toast.unsent")?.remove();
    const notice = document.createElement("div");
    notice.className = "toast unsent";
    notice.setAttribute("role", "alert");
    document.body.append(notice);
    notice.textContent = document.body.dataset.unsent;
    window.addEventListener("online", () => notice.remove());
  });

  // What was opened closes again, and the focus is where it was opened.
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && !event.defaultPrevented && event.target.closest?.("details[open]");
    if (!open || document.fullscreenElement) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  // A notice that holds for so many seconds.
  document.querySelectorAll("[data-expires]").forEach((notice) => {
    window.setTimeout(() => {
      if (notice.contains(document.activeElement)) document.querySelector("main").focus();
      notice.remove();
    }, 1000 * notice.dataset.expires);
  });

  document.addEventListener("htmx:afterSwap", (event) => settle(event.target.parentNode ?? document));
  settle(document);

  // Who uses the keyboard goes on where they were: at what they pressed, which was disabled meanwhile or has been
  // exchanged, else at the part that took its place.
  let held = null;
  const part = (element) => element.closest("[id]:is(div, form, li, section, details)")?.id;
  document.addEventListener("htmx:beforeRequest", () => {
    const at = document.activeElement;
    // Whom a mouse or a finger brought there goes on with it, and might have scrolled on.
    if (at && at !== document.body && at.matches(":focus-visible")) held = { at, ids: [at.id, part(at), at.closest("main")?.id] };
  });
  document.addEventListener("htmx:afterRequest", () => {
    const at = document.activeElement;
    if (!held || (at && at !== document.body)) return;
    const parts = held.ids.map((id) => id && document.getElementById(id));
    const next = [held.at, ...parts].find((each) => each?.getClientRects?.().length); // what is hidden takes no focus
    held = null;
    if (!next) return;
    if (!next.matches("a, button, input, select, summary, textarea")) next.tabIndex = -1;
    HTMLElement.prototype.focus.call(next, { preventScroll: true }); // a form may have a field of that name
  });

  // An error without a language is not our own page but a proxy's: it takes the place of nothing.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status < 400 || detail.xhr.getResponseHeader("Content-Language")) return;
    detail.shouldSwap = false;
    detail.isError = true;
  });
})();
