"use strict";
// A tour on the map: its stops have the numbers of the list beside it, and each leads to the other.
(() => {
  const { token, offer } = pandusMaps;

  const arrow = () => { // points along the way
    const canvas = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
    const c = canvas.getContext("2d");
    c.lineJoin = c.lineCap = "round";
    c.beginPath(); c.moveTo(8, 5); c.lineTo(21, 14); c.lineTo(8, 23);
    c.lineWidth = 9; c.strokeStyle = token("--paper"); c.stroke();
    c.lineWidth = 4; c.strokeStyle = token("--act"); c.stroke();
    return c.getImageData(0, 0, 28, 28);
  };

  const of_tour = (section) => {
    const holder = section.querySelector(".map");
    if (!holder) return;
    const { spots, returns } = JSON.parse(holder.dataset.needs);
    const at = ({ lon, lat }) => [lon, lat];
    const way = [...spots, ...(returns ? [spots[0]] : [])].map(at);
    const lons = spots.map(({ lon }) => lon), lats = spots.map(({ lat }) => lat);
    const rows = (n) => section.querySelectorAll(`tr[data-spot="${n}"]`);
    const button = (n) => section.querySelector(`[data-show="${n}"]`);
    const pins = [];
    let map, shown;

    const mark = (n) => {
      if (shown !== undefined) for (const each of [pins[shown], ...rows(shown)]) each.classList.remove("shown");
      shown = n;
      if (n === undefined) return;
      const { x } = map.project(at(spots[n])), wide = holder.clientWidth;
      pins[n].dataset.edge = x < 130 ? "west" : x > wide - 130 ? "east" : ""; // so that its name is not cut off
      for (const each of [pins[n], ...rows(n)]) each.classList.add("shown");
    };
    const bring_in = (n) => { // the map moves by itself only to what it does not show
      const box = holder.getBoundingClientRect(), { x, y } = map.project(at(spots[n]));
      if (x < 40 || y < 60 || x > box.width - 40 || y > box.height - 40) map.panTo(at(spots[n]));
    };
    const pin = (spot, n) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: n ? "pin" : "pin start" });
      made.dataset.number = n || "";
      made.append(Object.assign(document.createElement("span"), { className: "name", textContent: spot.said }));
      made.setAttribute("aria-label", spot.said);
      made.style.zIndex = n && spots.length - n; // at one place the first stop lies above later ones, and they above the start
      made.addEventListener("focus", () => { bring_in(n); mark(n); });
      made.addEventListener("pointerenter", () => mark(n));
      made.addEventListener("click", () => {
        const row = rows(n)[0];
        (row.querySelector("a") || button(n)).focus();
        row.scrollIntoView({ block: "nearest" });
      });
      made.addEventListener("keydown", (event) => { if (event.key === "Escape") button(n).focus(); });
      return made;
    };
    const tie = () => {
      for (const row of section.querySelectorAll("tr[data-spot]")) {
        const n = Number(row.dataset.spot);
        row.addEventListener("focusin", () => { bring_in(n); mark(n); });
        row.addEventListener("pointerenter", () => mark(n));
      }
      for (const each of section.querySelectorAll("[data-show]")) {
        each.hidden = false;
        each.addEventListener("click", () => {
          map.easeTo({ center: at(spots[each.dataset.show]), zoom: Math.max(map.getZoom(), 13) });
          holder.scrollIntoView({ block: "nearest" });
          pins[each.dataset.show].focus({ preventScroll: true });
        });
      }
      section.addEventListener("focusout", (event) => { if (!section.contains(event.relatedTarget)) mark(); });
    };

    offer(holder, {
      box: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)],
      over: () => ({
        sources: { way: { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: way } } } },
        layers: [
          { id: "way-edge", type: "line", source: "way", paint: { "line-color": token("--paper"), "line-width": 7 } },
          { id: "way", type: "line", source: "way", paint: { "line-color": token("--act"), "line-width": 3, "line-dasharray": [3, 2] } },
          { id: "way-arrows", type: "symbol", source: "way", layout: { "symbol-placement": "line", "symbol-spacing": 90, "icon-image": "arrow", "icon-allow-overlap": true } },
        ],
      }),
      pictures: (drawn) => drawn.addImage("arrow", arrow(), { pixelRatio: 2 }),
      begun: (begun) => {
        map = begun;
        spots.forEach((spot, n) => pins.push(pin(spot, n)));
        for (const [n, element] of pins.entries()) new maplibregl.Marker({ element }).setLngLat(at(spots[n])).addTo(map);
        tie();
      },
    });
  };
  for (const section of document.querySelectorAll("[data-tour]")) of_tour(section);
})();
