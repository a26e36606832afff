"use strict";
// Everything works without this file; it only saves a press of a button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && event.target.tagName === "SELECT") form.requestSubmit();
});
