"use strict";
// A photo opens large without leaving the page. Without this file its link leads to a page of its own.
addEventListener("DOMContentLoaded", () => {
  const viewer = document.getElementById("viewer"), links = [...document.querySelectorAll("a[data-photo]")];
  if (!viewer || !viewer.showModal) return;
  const frame = viewer.querySelector(".frame"), image = frame.querySelector("img"), MOST = 4;
  let at = 0;

  const press = (name) => viewer.querySelector(`[data-viewer=${name}]`);
  const enlarge = (size) => {
    image.dataset.size = Math.min(MOST, Math.max(1, size));
    press("in").disabled = Number(image.dataset.size) === MOST;
    press("out").disabled = Number(image.dataset.size) === 1;
  };
  const show = (number) => {
    at = (number + links.length) % links.length;
    const link = links[at];
    image.src = link.dataset.photo;
    image.alt = link.querySelector("img").alt;
    viewer.querySelector(".caption").textContent = [image.alt, ...[...link.parentElement.querySelectorAll("p span")].map((said) => said.textContent)].join(" · ");
    enlarge(1);
  };
  const does = {
    before: () => show(at - 1),
    after: () => show(at + 1),
    in: () => enlarge(Number(image.dataset.size) + 1),
    out: () => enlarge(Number(image.dataset.size) - 1),
    close: () => viewer.close(),
  };
  const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "before", ArrowRight: "after" };

  for (const [number, link] of links.entries()) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // another tab is wanted
      event.preventDefault();
      show(number);
      viewer.showModal();
      frame.focus();
    });
  }
  for (const name of ["before", "after"]) press(name).hidden = links.length < 2;
  viewer.addEventListener("click", (event) => {
    const name = event.target.closest("[data-viewer]")?.dataset.viewer;
    if (name) does[name]();
    if (event.target.disabled) frame.focus(); // a button that is off holds no focus
  });
  viewer.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    const moves = event.key.startsWith("Arrow") && Number(image.dataset.size) > 1; // then arrows move the picture
    if (!name || moves || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    does[name]();
  });
  viewer.addEventListener("close", () => links[at].focus());
});
