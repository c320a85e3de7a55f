// Opens the page that was wanted as soon as the service answers again.
const look = async () => {
  try {
    const answer = await fetch(window.location.href, { method: "HEAD", redirect: "manual" });
    if (answer.status < 500) window.location.reload();
  } catch {
    // Still no connection.
  }
};
window.addEventListener("online", look);
document.addEventListener("visibilitychange", () => document.hidden || look());
window.setInterval(() => document.hidden || look(), 10_000);
