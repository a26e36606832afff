"use strict";
// The map beside the list of places.
(() => {
  const holder = document.getElementById("map");
  if (!holder) return;
  const { token, halo, FONT } = pandusMaps;
  const needs = JSON.parse(holder.dataset.needs), words = needs.words;
  let map, say, popup, opener;

  // Shape and outline tell the state, colour is only added; the same shapes stand in the list.
  const SHAPES = {
    overdue: (c) => { c.beginPath(); c.moveTo(24, 5); c.lineTo(44, 41); c.lineTo(4, 41); c.closePath(); },
    open: (c) => { c.beginPath(); c.arc(24, 24, 17, 0, 7); },
    unaudited: (c) => { c.beginPath(); c.moveTo(24, 5); c.lineTo(43, 24); c.lineTo(24, 43); c.lineTo(5, 24); c.closePath(); },
    clear: (c) => { c.beginPath(); c.rect(8, 8, 32, 32); },
  };
  const SIGNS = { overdue: "!", open: "", unaudited: "?", clear: "✓" };
  const COLOURS = { overdue: "--bad", open: "--soon", unaudited: "--quiet", clear: "--good" };
  const picture = (state) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 48, height: 48 });
    const c = canvas.getContext("2d"), colour = token(COLOURS[state]), paper = token("--paper");
    SHAPES[state](c);
    c.lineJoin = "round";
    c.lineWidth = 8; c.strokeStyle = paper; c.stroke();
    c.fillStyle = state === "unaudited" ? paper : colour; c.fill();
    c.lineWidth = 4; c.strokeStyle = colour; c.stroke();
    c.fillStyle = state === "unaudited" ? colour : paper;
    c.font = "bold 26px sans-serif"; c.textAlign = "center"; c.textBaseline = "middle";
    c.fillText(SIGNS[state], 24, state === "overdue" ? 29 : 25);
    return c.getImageData(0, 0, 48, 48);
  };
  const frame = (state) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const c = canvas.getContext("2d");
    c.lineWidth = state === "overdue" ? 6 : 3;
    if (state === "unaudited") c.setLineDash([5, 4]);
    c.beginPath(); c.roundRect(4, 4, 32, 32, state === "clear" ? 2 : 12);
    c.fillStyle = token("--paper"); c.fill();
    c.strokeStyle = token(COLOURS[state]); c.stroke();
    return c.getImageData(0, 0, 40, 40);
  };
  const draw_pictures = (map) => {
    for (const state of Object.keys(SHAPES)) {
      map.addImage(`one-${state}`, picture(state), { pixelRatio: 2 });
      map.addImage(`many-${state}`, frame(state), { pixelRatio: 2, content: [12, 10, 28, 30], stretchX: [[14, 26]], stretchY: [[14, 26]] });
    }
  };

  const mark = (state) => ({ overdue: "▲", open: "●", unaudited: "?", clear: "✓" }[state]);
  const over = () => ({
    sources: {},
    layers: [{
      id: "clusters", type: "symbol", source: "pandus", "source-layer": "clusters",
      layout: {
        "icon-image": ["concat", "many-", ["get", "worst"]], "icon-text-fit": "both", "icon-text-fit-padding": [2, 5, 2, 5],
        "icon-allow-overlap": true, "text-allow-overlap": true, "text-font": FONT, "text-size": 13,
        "symbol-sort-key": ["get", "count"], // also keeps the numbers of a covered one from showing through
        "text-field": ["concat", ["to-string", ["get", "count"]],
          ["case", [">", ["get", "overdue"], 0], ["concat", "\n", mark("overdue"), " ", ["to-string", ["get", "overdue"]]], ["concat", " ", ["match", ["get", "worst"], "open", mark("open"), "unaudited", mark("unaudited"), mark("clear")]]]],
      },
      paint: { "text-color": token("--ink") },
    }, {
      id: "facilities", type: "symbol", source: "pandus", "source-layer": "facilities",
      layout: {
        "icon-image": ["concat", "one-", ["get", "state"]], "icon-allow-overlap": true,
        "text-field": ["coalesce", ["get", needs.name], ""], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.2], "text-optional": true,
      },
      paint: halo(),
    }],
  });

  const close = () => { if (popup) popup.remove(); };
  const open_place = async (id, at, from) => {
    close();
    const answer = await fetch(needs.place + encodeURIComponent(id), { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return say(answer.redirected ? words.signed_out : words.away);
    const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = document.createElement("div");
    content.append(...parts.body.childNodes);
    opener = from;
    popup = new maplibregl.Popup({ maxWidth: "18rem", offset: 14 }).setLngLat(at).setDOMContent(content).addTo(map);
    popup.on("close", () => { popup = undefined; (opener || map.getCanvas()).focus(); });
  };

  const watch = () => {
    const hit = (event) => map.queryRenderedFeatures(event.point, { layers: ["facilities", "clusters"] })[0];
    map.on("click", (event) => {
      const found = hit(event);
      if (!found) return;
      const at = found.geometry.coordinates;
      if (found.layer.id === "clusters") map.easeTo({ center: at, zoom: Math.min(map.getZoom() + 2, 14) });
      else open_place(found.properties.id, at);
    });
    map.on("mousemove", (event) => { map.getCanvas().style.cursor = hit(event) ? "pointer" : ""; });
    holder.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    for (const button of document.querySelectorAll("[data-place]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const at = [Number(button.dataset.lon), Number(button.dataset.lat)];
        map.jumpTo({ center: at, zoom: 15 });
        holder.scrollIntoView({ block: "nearest" });
        open_place(button.dataset.place, at, button);
      });
    }
  };

  pandusMaps.offer(holder, {
    box: needs.box, over, pictures: draw_pictures,
    begun: (begun, told) => { [map, say] = [begun, told]; watch(); },
  });
})();
