// Photos that the server does not have yet, kept by the browser, so that neither a reload nor a closed
// tab nor a sign-in loses one. Where it keeps nothing, their names are remembered for the list.

const DATABASE = "amena-uploads";
const PHOTOS = "photos";
const NAMES = "amena-not-uploaded"; // in sessionStorage: submission → name
const REFUSED = "amena-refused"; // in sessionStorage: what the list said last of what could not be made
const VISIT = "amena-visit"; // in sessionStorage: whose drops before the sign-in these are
const TICKETS = "amena-tickets"; // in sessionStorage: of what other apps have shared with this tab
const KEPT_FOR = 7 * 24 * 3600 * 1000; // ms

export const uuid = () => {
  // crypto.randomUUID is there on safe origins alone.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};

const page = uuid(); // this document: a lock of its name is held as long as it lives
const lockOf = (name) => `amena-uploads-${name}`;
navigator.locks?.request(lockOf(page), () => new Promise(() => {}));

const visit = () => {
  if (!sessionStorage.getItem(VISIT)) sessionStorage.setItem(VISIT, uuid());
  return sessionStorage.getItem(VISIT);
};

// Photos that the service worker was handed by another app wait for who comes with their ticket, which
// stands in the address, also through the sign-in.
const tickets = () => {
  const asked = new URLSearchParams(window.location.search);
  const next = new URLSearchParams((asked.get("next") ?? "").split("?")[1]);
  const found = new Set(JSON.parse(sessionStorage.getItem(TICKETS) ?? "[]"));
  [asked, next].forEach((each) => each.has("shared") && found.add(each.get("shared")));
  sessionStorage.setItem(TICKETS, JSON.stringify([...found]));
  return [visit(), ...found];
};

const names = () => JSON.parse(sessionStorage.getItem(NAMES) ?? "{}");
const remember = (change) => sessionStorage.setItem(NAMES, JSON.stringify(change(names())));

let opened = null;
const open = () => {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(PHOTOS, { keyPath: "submission" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
};

const within = async (mode, act) => {
  const transaction = (await open()).transaction(PHOTOS, mode);
  const request = act(transaction.objectStore(PHOTOS));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
};

// Two that are given at once must not have one time: the clock has steps.
let last = 0; // ms
const order = () => {
  last = Math.max(performance.timeOrigin + performance.now(), last + 0.01);
  return last;
};

// Keeps one: { submission, file, wishes, person }. Without a person it waits for whoever signs in in
// this tab.
export async function keep(photo) {
  const owner = photo.person || visit();
  const entry = { ...photo, name: photo.file.name, owner, page, order: order() };
  try {
    await within("readwrite", (photos) => photos.put(entry));
  } catch {
    remember((known) => ({ ...known, [photo.submission]: photo.file.name }));
  }
}

export async function forget(submission) {
  remember(({ [submission]: _gone, ...rest }) => rest);
  try {
    await within("readwrite", (photos) => photos.delete(submission));
  } catch {
    // It was not kept in the first place.
  }
}

// Names of the photos that wait for whoever signs in in this tab.
export async function waiting() {
  try {
    const all = await within("readonly", (photos) => photos.getAll());
    const mine = all.filter(({ owner }) => tickets().includes(owner)).sort((a, b) => a.order - b.order);
    return mine.map(({ name }) => name);
  } catch {
    return [];
  }
}

// Submissions and names of those that a page before this one could not keep.
export function missing() {
  const found = Object.entries(names());
  remember(() => ({}));
  return found;
}

// Rows of the list: { name, submission, refusal, person }, as the page before this one has left them.
export const noteRefused = (rows) => sessionStorage.setItem(REFUSED, JSON.stringify(rows));

export const refused = (person) =>
  JSON.parse(sessionStorage.getItem(REFUSED) ?? "[]").filter((row) => row.person === person);

// Hands over what was left behind: `take` gets lists of entries in the order in which they were given.
// What another living page is busy with comes when that page is gone.
export async function adopt(person, take) {
  const mine = (entry) => [person, ...tickets()].includes(entry.owner) && entry.page !== page;
  const left = async () => {
    const all = await within("readonly", (photos) => photos.getAll());
    const now = Date.now();
    await Promise.all(all.filter(({ order }) => now - order > KEPT_FOR).map((old) => forget(old.submission)));
    return all.filter((entry) => mine(entry) && now - entry.order <= KEPT_FOR).sort((a, b) => a.order - b.order);
  };
  const takeOver = async (from) => {
    const found = (await left()).filter((entry) => entry.page === from);
    for (const entry of found) {
      await within("readwrite", (photos) => photos.put({ ...entry, owner: person, page }));
    }
    if (found.length) take(found);
  };
  try {
    for (const from of new Set((await left()).map((entry) => entry.page))) {
      if (navigator.locks) navigator.locks.request(lockOf(from), () => takeOver(from));
      else await takeOver(from);
    }
  } catch {
    // Nothing can be kept here, so nothing is.
  }
}
