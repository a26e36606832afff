"use strict";
// What maps of the console stand on. A map is fetched after its page, and not over a slow or costly link unless asked for.
const pandusMaps = (() => {
  const KEPT = "pandus-map", FONT = ["sans-serif"];
  let library;

  const fetched = (tag, about) => new Promise((done, failed) => {
    const made = Object.assign(document.createElement(tag), about, { onload: done, onerror: failed });
    document.head.append(made);
  });
  const fetch_library = (files) => {
    library ||= Promise.all([
      fetched("link", { rel: "stylesheet", href: files.style }),
      fetched("script", { src: files.script }),
    ]).then(() => maplibregl.setWorkerUrl(files.worker)).catch((error) => { library = undefined; throw error; });
    return library;
  };
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const here = (url) => url.replace(/^https?:\/\/[^/]+/, location.origin); // whatever a proxy calls us
  const halo = () => ({ "text-color": token("--ink"), "text-halo-color": token("--paper"), "text-halo-width": 1.5 });

  // Streets where a server of them is named, else our outlines; and the borders and names of areas above either.
  const ground = (needs, tiles) => {
    const line = token("--edge"), sources = { pandus: { type: "vector", ...tiles } };
    const layers = [{ id: "paper", type: "background", paint: { "background-color": token("--paper") } }];
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
    layers.push(border(2, 1, [3, 2]), border(1, 2), {
      id: "area-names", type: "symbol", source: "pandus", "source-layer": "areas",
      layout: { "text-field": ["coalesce", ["get", needs.name], ["get", "name_ru"], ""], "text-font": FONT, "text-size": 13, "text-padding": 24 },
      paint: halo(),
    });
    return { sources, layers };
  };

  // The map in a holder. about: box, [west, south, east, north] if known; over(): sources and layers above the ground;
  // pictures(map): after each change of style; begun(map, say): once, when there is a map.
  const show = async (holder, about, offer, say) => {
    const needs = JSON.parse(holder.dataset.needs), words = needs.words;
    offer.hidden = true;
    say(words.loading);
    try {
      await fetch_library(holder.dataset);
      const answer = await fetch(needs.tiles, { credentials: "same-origin" });
      if (answer.status === 401) return say(words.signed_out);
      const { tiles, minzoom, maxzoom, bounds, attribution } = await answer.json();
      const source = { tiles: tiles.map(here), minzoom, maxzoom, bounds, attribution };
      const style = () => {
        const under = ground(needs, source), over = about.over();
        return { version: 8, sources: { ...under.sources, ...over.sources }, layers: [...under.layers, ...over.layers] };
      };
      holder.hidden = false;
      const box = about.box || bounds;
      const map = new maplibregl.Map({
        container: holder, style: style(), bounds: [[box[0], box[1]], [box[2], box[3]]], fitBoundsOptions: { padding: 40, maxZoom: 15 },
        locale: words, attributionControl: { compact: false }, cooperativeGestures: true, dragRotate: false, pitchWithRotate: false, touchPitch: false,
        transformRequest: (url) => (url.startsWith(location.origin) ? { url, credentials: "same-origin" } : { url }),
      });
      map.keyboard.disableRotation();
      map.touchZoomRotate.disableRotation();
      map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
      map.on("style.load", () => about.pictures(map));
      map.once("idle", () => { holder.dataset.ready = "yes"; say(words.ready); });
      map.on("error", ({ error }) => { say(error && error.status === 401 ? words.signed_out : words.away); });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { map.setStyle(style(), { diff: false }); });
      about.begun(map, say);
    } catch (error) {
      holder.hidden = true;
      say(words.broken);
      console.warn(error);
    }
  };

  const wanted = () => { try { return sessionStorage.getItem(KEPT) === "yes"; } catch { return false; } };
  // Who does not say how good the link is, is asked first.
  const offer = (holder, about) => {
    const beside = holder.parentElement, asking = beside.querySelector("[data-map-offer]"), said = beside.querySelector("[data-map-said]");
    const say = (text) => { said.textContent = text; };
    asking.querySelector("button").addEventListener("click", () => {
      try { sessionStorage.setItem(KEPT, "yes"); } catch { /* then it is asked for again on the next page */ }
      show(holder, about, asking, say);
    });
    asking.hidden = false;
    const link = navigator.connection;
    const good = link && !link.saveData && link.effectiveType === "4g";
    if (good || wanted()) addEventListener("load", () => setTimeout(() => show(holder, about, asking, say), 0));
  };
  return { offer, token, halo, FONT };
})();
