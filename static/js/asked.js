// Who has answered, or cannot be asked, whether notifications may be shown needs no place for the question.
// It is known before anything is painted, so that nothing moves.
(() => {
  "use strict";
  document.documentElement.classList.toggle("asked", window.Notification?.permission !== "default");
})();
