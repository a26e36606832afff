"use strict";
// Everything works without this file; it only saves a press of a button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && event.target.tagName === "SELECT") form.requestSubmit();
});

// The secret of an invitation stands behind the #, which was sent to nobody; it is taken out of the address at once.
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-secret-from-address]");
  if (!form || location.hash.length < 2) return;
  form.elements.secret.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  form.requestSubmit();
});

// What had the focus may go with a part of a page that is fetched anew; the focus then goes to what stands for it.
let held = null;
document.addEventListener("focusin", (event) => { held = event.target; });
document.addEventListener("htmx:afterSettle", () => {
  if (!held || held.isConnected || document.activeElement !== document.body) return;
  const other = document.getElementById(held.dataset.focusElse || "main");
  if (other) other.focus();
});

// What takes seconds says so while it is made.
document.addEventListener("submit", (event) => {
  for (const said of event.target.querySelectorAll("[data-while-sent]")) said.hidden = false;
});
window.addEventListener("pageshow", () => {
  for (const said of document.querySelectorAll("[data-while-sent]")) said.hidden = true;
});
