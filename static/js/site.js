// What the pages do more with JavaScript; without it every form still works.
(() => {
  "use strict";

  const MAX_BYTES = 20 * 1024 * 1024;

  // People who want less motion start videos themselves.
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const settle = (root) => {
    if (!calm) return;
    root.querySelectorAll("video[autoplay]").forEach((video) => {
      video.removeAttribute("autoplay");
      video.controls = true;
      video.pause();
    });
  };

  const say = (form, message) => {
    form.querySelector("[data-error]").textContent = message;
    form.querySelector("[data-error]").hidden = !message;
  };

  const chosen = (form) => {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) return;
    if (file.size > MAX_BYTES) {
      say(form, "The file is too large. A photo may have up to 20 MB.");
      form.querySelector("input[type=file]").value = "";
      return;
    }
    say(form, "");
    form.requestSubmit();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-upload] input[type=file]")) chosen(event.target.form);
  });

  // Drop a photo anywhere on the page that has an upload form.
  let depth = 0;
  const form = () => document.querySelector("[data-upload]");
  const drags = (event) => form() && event.dataTransfer?.types.includes("Files");
  const mark = (on) => form()?.classList.toggle("dragging", on);
  document.addEventListener("dragenter", (event) => {
    if (!drags(event)) return;
    depth += 1;
    mark(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!drags(event)) return;
    depth -= 1;
    if (depth <= 0) mark(false);
  });
  document.addEventListener("dragover", (event) => {
    if (drags(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!drags(event)) return;
    event.preventDefault();
    depth = 0;
    mark(false);
    form().querySelector("input[type=file]").files = event.dataTransfer.files;
    chosen(form());
  });
  document.addEventListener("paste", (event) => {
    if (!form() || !event.clipboardData.files.length) return;
    form().querySelector("input[type=file]").files = event.clipboardData.files;
    chosen(form());
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.(".upload-progress");
    if (bar && event.detail.lengthComputable) {
      bar.value = (100 * event.detail.loaded) / event.detail.total;
    }
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.target.matches("[data-upload]")) {
      say(event.target, "The connection was lost. Check it, then choose the photo again.");
    }
  });

  // On the wall a result plays while the pointer or the focus is on it.
  const playing = (event, on) => {
    const video = event.target.closest?.("[data-hover]")?.querySelector("video");
    if (!video || calm) return;
    if (on) video.play().catch(() => {});
    else video.pause();
  };
  document.addEventListener("pointerover", (event) => playing(event, true));
  document.addEventListener("pointerout", (event) => playing(event, false));
  document.addEventListener("focusin", (event) => playing(event, true));
  document.addEventListener("focusout", (event) => playing(event, false));

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", (event) => settle(event.target));
  settle(document);
})();
