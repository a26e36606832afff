"use strict";
// Re-checks are dragged to who goes, with a mouse or a finger. What is sent is the form as its buttons send it; without
// this file they do.
(() => {
  const TREMBLE = 6, EDGE = 56; // pixels
  const live = Object.assign(document.createElement("p"), { className: "unseen" });
  live.setAttribute("role", "status");
  let drag, asking = false, plain = false;

  const form = () => document.getElementById("giving");
  const crew = () => document.querySelector(".crew");
  const row_of = (grip) => grip.closest("tr");
  const box_of = (row) => row.querySelector("input[name=followup]");
  const name_of = (row) => row.querySelector("th a").textContent.trim();
  const ready = () => { for (const shown of document.querySelectorAll(".grip, [data-drag]")) shown.hidden = false; };

  // A chosen row takes the other chosen ones along; one that was not chosen goes alone.
  const together = (row) => (box_of(row).checked ? [...form().querySelectorAll("tr:has(input[name=followup]:checked)")] : [row]);

  const draw = (x, y) => {
    const { offsetWidth: wide, offsetHeight: high } = drag.ghost;
    const below = y + high + 20 < innerHeight ? y + 14 : y - high - 14;
    drag.ghost.style.transform = `translate(${Math.min(x + 14, innerWidth - wide - 8)}px, ${below}px)`;
    const over = document.elementFromPoint(x, y)?.closest("[data-give]") ?? null;
    if (over !== drag.over) {
      drag.over?.classList.remove("under");
      over?.classList.add("under");
      drag.over = over;
    }
  };
  const scroll = () => { // what is held at an edge of the panel brings on what lies beyond, be it of the panel or of the page
    if (!drag?.ghost) return;
    const panel = crew(), box = panel.getBoundingClientRect();
    if (drag.x > box.left && drag.x < box.right) {
      const down = drag.y > Math.min(box.bottom, innerHeight) - EDGE, up = drag.y < Math.max(box.top, 0) + EDGE;
      if (down && box.bottom > innerHeight) scrollBy(0, 8);
      else if (down || up) panel.scrollTop += down ? 8 : -8;
      draw(drag.x, drag.y);
    }
    requestAnimationFrame(scroll);
  };
  const lift = () => {
    drag.rows = together(drag.row);
    for (const row of drag.rows) row.classList.add("carried");
    const more = drag.rows.length - 1;
    drag.ghost = Object.assign(document.createElement("div"), { className: "carrying", textContent: name_of(drag.row) + (more ? ` + ${more}` : "") });
    drag.ghost.setAttribute("aria-hidden", "true");
    document.body.append(drag.ghost);
    document.documentElement.classList.add("dragging");
    requestAnimationFrame(scroll);
  };
  const let_go = () => {
    const held = drag;
    drag = undefined;
    if (!held) return {};
    held.ghost?.remove();
    held.over?.classList.remove("under");
    for (const row of held.rows || []) row.classList.remove("carried");
    document.documentElement.classList.remove("dragging");
    return held;
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.(".grip");
    if (!grip || event.button || drag || asking) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    drag = { row: row_of(grip), pointer: event.pointerId, x: event.clientX, y: event.clientY };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < TREMBLE) return;
    if (!drag.ghost) lift();
    [drag.x, drag.y] = [event.clientX, event.clientY];
    draw(drag.x, drag.y);
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const held = let_go();
    if (!held.ghost) box_of(held.row).click(); // pressed and not dragged
    else if (held.over) give(held.over.querySelector("button"), held.rows);
  });
  document.addEventListener("pointercancel", let_go);
  document.addEventListener("contextmenu", (event) => { if (drag) event.preventDefault(); });
  document.addEventListener("keydown", (event) => { if (drag && event.key === "Escape") { event.preventDefault(); let_go(); } });
  addEventListener("blur", let_go);

  // The form as it stands in the page, with these re-checks chosen; by itself, so that the place in the list is kept.
  const give = async (button, rows) => {
    const sender = button.form, said = new URLSearchParams(new FormData(sender));
    said.set("give", button.value);
    if (rows) {
      said.delete("followup");
      for (const row of rows) said.append("followup", box_of(row).value);
    }
    asking = true;
    if (!live.isConnected) document.body.append(live); // before there is something to say
    sender.setAttribute("aria-busy", "true");
    let answer, page;
    try {
      answer = await fetch(sender.action, { method: "POST", body: said, credentials: "same-origin" });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      tell(crew().dataset.away);
    }
    asking = false;
    sender.removeAttribute("aria-busy");
    if (!page) return;
    if (answer.ok && answer.redirected && page.querySelector("[data-done]")) return show(page, said.getAll("followup"));
    // Whatever else there is to say is a page of its own. Nothing was done that is done twice by this.
    if (rows) for (const box of sender.querySelectorAll("input[name=followup]")) box.checked = rows.some((row) => box_of(row) === box);
    plain = true;
    sender.requestSubmit(button);
    plain = false;
  };
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.name !== "give" || plain || !crew() || getComputedStyle(crew()).display === "none") return;
    event.preventDefault();
    if (!asking) give(button);
  });

  const tell = (text) => {
    live.textContent = text;
    const notice = crew().querySelector(".notice") || crew().querySelector("h2").insertAdjacentElement("afterend", document.createElement("div"));
    notice.className = "notice bad";
    notice.textContent = text;
  };
  // The queue as it is now, with what was chosen beside. What was done stands in the panel, where who did it looks.
  const show = (page, moved) => {
    const day = form().elements.planned_on.value, chosen = new Set();
    for (const box of form().querySelectorAll("input[name=followup]:checked")) chosen.add(box.value);
    document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
    ready();
    const notice = document.querySelector("[data-done]"), panel = crew();
    const said = notice.querySelector("p");
    said.removeAttribute("role"); // it is said below
    live.textContent = said.textContent;
    if (!panel) return document.getElementById("main").focus(); // the last one was given
    form().elements.planned_on.value = day;
    for (const box of form().querySelectorAll("input[name=followup]")) box.checked = chosen.has(box.value) && !moved.includes(box.value);
    const heading = panel.querySelector("h2");
    heading.after(notice); // the way back is the next stop of the keyboard
    panel.scrollTop = 0;
    heading.focus({ preventScroll: true });
  };
  ready();
})();
