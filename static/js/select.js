// Several photos at once: a checkbox on each card, ranges by Shift, a long press on touch screens. What is
// selected is known by the photo, since a card that asks for itself replaces itself.
(() => {
  "use strict";

  const LONG_PRESS = 450; // ms
  const STILL = 10; // px that a finger may wander meanwhile
  const mine = document.querySelector(".mine");
  const form = document.querySelector("#selection");
  const link = document.querySelector("[data-select]");
  const all = form.elements.all;
  const chosen = new Set();
  let last = null; // the photo from which a range begins

  const boxes = () => [...mine.querySelectorAll(".pick input")];
  const selecting = () => mine.classList.contains("selecting");
  const first = boxes().length;

  const show = () => {
    const cards = boxes();
    cards.forEach((box) => { box.checked = chosen.has(box.value); });
    const { total } = mine.dataset; // "1000+" where more are not counted
    const more = parseInt(total, 10) - first; // on other pages
    const everything = total.endsWith("+") ? total : cards.length + more;
    const count = all.checked ? everything : chosen.size;
    const unready = cards.filter((box) => box.checked && !box.closest("[data-made]")).length;
    const [number, note] = form.querySelector(".selection-count").children;
    number.textContent = form.dataset.count.replace("{count}", count);
    // Of other pages it is not known here how many are ready.
    const known = unready && !(all.checked && more);
    note.textContent = known ? form.dataset.unready.replace("{count}", unready) : "";
    const remove = form.querySelector("[data-delete]");
    remove.disabled = !count;
    form.querySelector("[data-download]").disabled = !(all.checked && more) && count === unready;
    if (all.checked && more) remove.dataset.confirm = form.dataset.sure.replace("{count}", count);
    else delete remove.dataset.confirm;
  };

  const enter = (on) => {
    mine.classList.toggle("selecting", on);
    link.setAttribute("aria-pressed", on);
    if (!on) {
      chosen.clear();
      all.checked = false;
      last = null;
    }
    show();
  };

  const set = (values, on) => {
    values.forEach((value) => (on ? chosen.add(value) : chosen.delete(value)));
    if (!on) all.checked = false;
    if (!selecting()) enter(true);
    show();
  };

  // One photo, or with Shift all from the one before to it.
  const choose = (box, on, range) => {
    const values = boxes().map(({ value }) => value);
    const [from, to] = [values.indexOf(last), values.indexOf(box.value)].sort((a, b) => a - b);
    set(range && from >= 0 ? values.slice(from, to + 1) : [box.value], on);
    last = box.value;
  };

  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    enter(!selecting());
  });
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    enter(!selecting());
  });
  form.querySelector("[data-done]").addEventListener("click", (event) => {
    event.preventDefault();
    enter(false);
    link.focus();
  });
  all.addEventListener("change", () => set(boxes().map(({ value }) => value), all.checked));

  let pressed = false; // a long press has just selected: what follows it is no click
  mine.addEventListener(
    "click",
    (event) => {
      const card = event.target.closest(".card");
      if (!card || event.target.closest(".card-actions")) return;
      const box = card.querySelector(".pick input");
      if (event.target === box) choose(box, box.checked, event.shiftKey);
      else if (event.target.closest(".pick") && !event.shiftKey) return; // the label clicks its box
      else if (pressed || selecting()) {
        event.preventDefault();
        if (!pressed) choose(box, !box.checked, event.shiftKey);
      }
      pressed = false;
    },
    true,
  );

  let timer = 0;
  let start = null;
  const lift = () => window.clearTimeout(timer);
  mine.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    pressed = false;
    if (event.pointerType === "mouse" || !card || event.target.closest(".card-actions, .pick")) return;
    start = [event.clientX, event.clientY];
    timer = window.setTimeout(() => {
      pressed = true;
      navigator.vibrate?.(10);
      choose(card.querySelector(".pick input"), true, false);
    }, LONG_PRESS);
  });
  mine.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > STILL) lift();
  });
  ["pointerup", "pointercancel"].forEach((end) => mine.addEventListener(end, lift));
  mine.addEventListener("contextmenu", (event) => {
    if (pressed) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (!selecting() || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "Escape") {
      enter(false);
      link.focus();
    } else if (event.key === "Delete" && chosen.size) {
      form.requestSubmit(form.querySelector("[data-delete]"));
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      set(boxes().map(({ value }) => value), true);
    }
  });

  document.addEventListener("htmx:afterSwap", show);
  // The browser may bring back what was checked before a reload or on the way back.
  window.addEventListener("pageshow", () => {
    boxes().filter((box) => box.checked).forEach((box) => chosen.add(box.value));
    if (chosen.size && !selecting()) enter(true);
    show();
  });
})();
