// The console in which each request can be tried, Swagger UI, comes when it is asked for: it is ten times the page.
const place = document.querySelector("#console");
const button = place.querySelector("button");
const [swagger, text] = ["#swagger-ui", ".reference-text"].map((each) => document.querySelector(each));

// Before the style sheet that gives the console our look.
const load = (name, attributes) => new Promise((resolve, reject) => {
  const element = document.createElement(name);
  document.head.prepend(Object.assign(element, attributes, { onload: resolve, onerror: reject }));
});

let loaded = false;
const loadOnce = async () => {
  if (loaded) return;
  await load("link", { rel: "stylesheet", href: place.dataset.style });
  for (const src of place.dataset.scripts.split(" ")) await load("script", { src }); // each needs the one before
  loaded = true;
};

const turn = async () => {
  button.disabled = true;
  try {
    await loadOnce();
    [swagger.hidden, text.hidden] = [text.hidden, swagger.hidden];
    button.textContent = place.dataset[text.hidden ? "back" : "open"];
  } catch {
    // The line was cut: whoever presses again tries again.
  }
  button.disabled = false;
};

button.addEventListener("click", turn);
// A link that somebody has kept leads to a request in the console.
if (window.location.hash.startsWith("#/")) turn();
