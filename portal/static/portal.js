"use strict";
// Small comforts. Every page works the same without this file.

// The error summary is read out first.
const summary = document.querySelector(".error-summary");
if (summary) summary.focus();

// A second press of the same button sends nothing twice. Back brings the button to life again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post") form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// `data-print` prints; it is hidden where there is no script.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A signed-in page tells two minutes before it is signed out.
const limit = Number(document.body.dataset.idle || 0);
const note = document.getElementById("idle-note");
if (limit > 120 && note) {
  setTimeout(() => {
    note.hidden = false;
  }, (limit - 120) * 1000);
}

// A payment that is being checked: look again by itself, ten times at most.
const pending = document.querySelector("[data-look-again]");
if (pending) {
  const looked = Number(sessionStorage.getItem("looked") || 0);
  if (looked < 10) {
    sessionStorage.setItem("looked", String(looked + 1));
    setTimeout(() => location.reload(), Number(pending.dataset.lookAgain) * 1000);
  }
} else {
  sessionStorage.removeItem("looked");
}
