// The service worker. Pages always come from the network; without one there is a page that says so. Nothing
// else is kept but the files of that page, and nothing of anybody's own. Photos that other apps share
// with this one are handed to the page's upload.
"use strict";

const SHELL = {{ shell|safe }};
const CACHE = `amena-${SHELL.version}`;
const LANGUAGE = "amena-language"; // the cache with the language of the page that was seen last

let language = "";
const remember = async (seen) => {
  if (!seen || seen === language || !(seen in SHELL.pages)) return;
  language = seen;
  await (await caches.open(LANGUAGE)).put("/", new Response(seen));
};
const known = async () => {
  const kept = await caches.match("/", { cacheName: LANGUAGE });
  const found = language || (await kept?.text()) || navigator.language.slice(0, 2);
  return found in SHELL.pages ? found : "en";
};

self.addEventListener("install", (event) => {
  self.skipWaiting(); // no page depends on the files of a worker before
  const wanted = [...Object.values(SHELL.pages), ...SHELL.files];
  // Without cookies: the page is nobody's own.
  const requests = wanted.map((each) => new Request(each, { credentials: "omit", cache: "no-cache" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const renew = async () => {
    const names = (await caches.keys()).filter((name) => ![CACHE, LANGUAGE].includes(name));
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.registration.navigationPreload?.enable(); // pages do not wait for the worker to start
    await self.clients.claim();
  };
  event.waitUntil(renew());
});

const page = async (event) => {
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(remember(response.headers.get("Content-Language")));
    return response;
  } catch {
    const kept = await caches.match(SHELL.pages[await known()], { cacheName: CACHE });
    return kept ?? Response.error();
  }
};

const file = async (request) => {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request.url, { cacheName: CACHE })) ?? Response.error();
  }
};

// The same store as static/js/upload/store.js has; whoever comes with the `ticket` gets the photos.
const keep = (photos) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("amena-uploads", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos", { keyPath: "submission" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("photos", "readwrite");
      photos.forEach((photo) => transaction.objectStore("photos").put(photo));
      transaction.oncomplete = () => resolve(opening.result.close());
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    };
  });

const shared = async (request) => {
  try {
    const files = (await request.formData()).getAll("photo").filter((each) => each.size);
    if (!files.length) return Response.redirect(SHELL.wall, 303);
    const ticket = crypto.randomUUID();
    await keep(
      files.map((photo, place) => ({
        submission: crypto.randomUUID(),
        file: photo,
        name: photo.name,
        owner: ticket,
        page: ticket,
        order: Date.now() + place / 1000,
      })),
    );
    return Response.redirect(`${SHELL.wall}?shared=${ticket}`, 303);
  } catch {
    return Response.redirect(`${SHELL.share}?missed`, 303);
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === SHELL.share) event.respondWith(shared(request));
  else if (request.method !== "GET") return;
  else if (request.mode === "navigate" && request.destination === "document") event.respondWith(page(event));
  else if (SHELL.files.includes(pathname)) event.respondWith(file(request));
});

// Leads to the photo that is ready, in the tab that told so if it is still there.
const lead = async (address) => {
  const tabs = await self.clients.matchAll({ type: "window" });
  const wall = tabs.find(({ url }) => new URL(url).pathname === SHELL.wall);
  if (!wall) return self.clients.openWindow(address);
  await wall.focus().catch(() => {}); // where a browser refuses, the tab is where it was
  return wall.navigate(address);
};

self.addEventListener("notificationclick", (event) => {
  const { notification } = event;
  notification.close();
  event.waitUntil(lead(notification.data.address));
});
