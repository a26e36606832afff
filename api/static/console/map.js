"use strict";
// The map beside the list of places. It is fetched after the page, and not over a slow or costly link unless asked for.
(() => {
  const holder = document.getElementById("map");
  if (!holder) return;
  const needs = JSON.parse(holder.dataset.needs), words = needs.words;
  const offer = document.getElementById("map-offer"), said = document.getElementById("map-said");
  const say = (text) => { said.textContent = text; };
  const KEPT = "pandus-map";
  let map, popup, opener;

  const fetched = (tag, about) => new Promise((done, failed) => {
    const made = Object.assign(document.createElement(tag), about, { onload: done, onerror: failed });
    document.head.append(made);
  });
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const here = (url) => url.replace(/^https?:\/\/[^/]+/, location.origin); // whatever a proxy calls us

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
  const draw_pictures = () => {
    for (const state of Object.keys(SHAPES)) {
      map.addImage(`one-${state}`, picture(state), { pixelRatio: 2 });
      map.addImage(`many-${state}`, frame(state), { pixelRatio: 2, content: [12, 10, 28, 30], stretchX: [[14, 26]], stretchY: [[14, 26]] });
    }
  };

  const FONT = ["sans-serif"];
  const mark = (state) => ({ overdue: "▲", open: "●", unaudited: "?", clear: "✓" }[state]);
  const style = (tiles) => {
    const ink = token("--ink"), paper = token("--paper"), line = token("--edge");
    const sources = { pandus: { type: "vector", ...tiles } };
    const layers = [{ id: "paper", type: "background", paint: { "background-color": paper } }];
    if (needs.streets) {
      sources.streets = { type: "raster", tiles: [needs.streets], tileSize: 256, attribution: needs.credit };
      layers.push({ id: "streets", type: "raster", source: "streets" });
    } else {
      layers.push({ id: "land", type: "fill", source: "pandus", "source-layer": "areas", filter: ["==", ["get", "level"], 1], paint: { "fill-color": token("--raised") } });
    }
    const border = (level, width, dash) => ({
      id: `border-${level}`, type: "line", source: "pandus", "source-layer": "areas", filter: ["==", ["get", "level"], level],
      paint: { "line-color": line, "line-width": width, ...(dash && { "line-dasharray": dash }) },
    });
    const halo = { "text-color": ink, "text-halo-color": paper, "text-halo-width": 1.5 };
    layers.push(border(2, 1, [3, 2]), border(1, 2), {
      id: "area-names", type: "symbol", source: "pandus", "source-layer": "areas",
      layout: { "text-field": ["coalesce", ["get", needs.name], ["get", "name_ru"], ""], "text-font": FONT, "text-size": 13, "text-padding": 24 },
      paint: halo,
    }, {
      id: "clusters", type: "symbol", source: "pandus", "source-layer": "clusters",
      layout: {
        "icon-image": ["concat", "many-", ["get", "worst"]], "icon-text-fit": "both", "icon-text-fit-padding": [2, 5, 2, 5],
        "icon-allow-overlap": true, "text-allow-overlap": true, "text-font": FONT, "text-size": 13,
        "symbol-sort-key": ["get", "count"], // also keeps the numbers of a covered one from showing through
        "text-field": ["concat", ["to-string", ["get", "count"]],
          ["case", [">", ["get", "overdue"], 0], ["concat", "\n", mark("overdue"), " ", ["to-string", ["get", "overdue"]]], ["concat", " ", ["match", ["get", "worst"], "open", mark("open"), "unaudited", mark("unaudited"), mark("clear")]]]],
      },
      paint: { "text-color": ink },
    }, {
      id: "facilities", type: "symbol", source: "pandus", "source-layer": "facilities",
      layout: {
        "icon-image": ["concat", "one-", ["get", "state"]], "icon-allow-overlap": true,
        "text-field": ["coalesce", ["get", needs.name], ""], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.2], "text-optional": true,
      },
      paint: halo,
    });
    return { version: 8, sources, layers };
  };

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
    map.on("error", ({ error }) => { say(error && error.status === 401 ? words.signed_out : words.away); });
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

  const show = async () => {
    offer.hidden = true;
    say(words.loading);
    try {
      await Promise.all([
        fetched("link", { rel: "stylesheet", href: holder.dataset.style }),
        fetched("script", { src: holder.dataset.script }),
      ]);
      const answer = await fetch(needs.tiles, { credentials: "same-origin" });
      if (answer.status === 401) return say(words.signed_out);
      const { tiles, minzoom, maxzoom, bounds, attribution } = await answer.json();
      const source = { tiles: tiles.map(here), minzoom, maxzoom, bounds, attribution };
      holder.hidden = false;
      maplibregl.setWorkerUrl(holder.dataset.worker);
      const box = needs.box || bounds;
      map = new maplibregl.Map({
        container: holder, style: style(source), bounds: [[box[0], box[1]], [box[2], box[3]]], fitBoundsOptions: { padding: 40, maxZoom: 15 },
        locale: words, attributionControl: { compact: false }, cooperativeGestures: true, dragRotate: false, pitchWithRotate: false, touchPitch: false,
        transformRequest: (url) => (url.startsWith(location.origin) ? { url, credentials: "same-origin" } : { url }),
      });
      map.keyboard.disableRotation();
      map.touchZoomRotate.disableRotation();
      map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
      map.on("style.load", draw_pictures);
      map.once("idle", () => { holder.dataset.ready = "yes"; say(words.ready); });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { map.setStyle(style(source), { diff: false }); });
      watch();
    } catch (error) {
      holder.hidden = true;
      say(words.broken);
      console.warn(error);
    }
  };

  const wanted = () => { try { return sessionStorage.getItem(KEPT) === "yes"; } catch { return false; } };
  document.getElementById("map-show").addEventListener("click", () => {
    try { sessionStorage.setItem(KEPT, "yes"); } catch { /* then it is asked for again on the next page */ }
    show();
  });
  offer.hidden = false;
  // Who does not say how good the link is, is asked first.
  const link = navigator.connection;
  const good = link && !link.saveData && link.effectiveType === "4g";
  if (good || wanted()) addEventListener("load", () => setTimeout(show, 0));
})();
