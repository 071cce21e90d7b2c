// The plot of one figure against another: dots, intervals where there are few, and the front by means.
const WIDE = 1000, HIGH = 480, LEFT = 74, RIGHT = 24, TOP = 18, BOTTOM = 56;
const FEW = 120, CROWD = 1500, NAMED = 14;

/** Numbers from row to place, and the ticks; logarithmic where all are positive and span more than 30-fold. */
function scale(low, high, from, to) {
  const logarithmic = low > 0 && high / low > 30, f = logarithmic ? Math.log10 : value => value;
  let a = f(low), b = f(high);
  const room = (b - a) * 0.05 || Math.abs(a) * 0.1 || 1;
  a -= room; b += room;
  const at = value => from + ((f(value) - a) / (b - a)) * (to - from);
  return { at, logarithmic, ticks: logarithmic ? decades(a, b) : rounded(a, b) };
}

function rounded(a, b) {
  const raw = (b - a) / 5, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(one => one * power).find(one => one >= raw), ticks = [];
  for (let at = Math.ceil(a / step); at * step <= b; at++) ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}

function decades(a, b) {
  const ticks = [], parts = b - a > 3 ? [1] : [1, 2, 5];
  for (let power = Math.floor(a); power <= b; power++)
    for (const part of parts) {
      const at = part * 10 ** power;
      if (Math.log10(at) >= a && Math.log10(at) <= b) ticks.push(Number(at.toPrecision(12)));
    }
  return ticks;
}
const tick = value => figure(value).replace(/(\.\d*?)0+(?=$|×)/, "$1").replace(/\.(?=$|×)/, "");

/** Rows that no other one beats in both; null where a figure has no better and worse. */
function front(points, x, y) {
  if (x.direction === "none" || y.direction === "none") return null;
  const ordered = [...points].sort((a, b) => betterFirst(x.direction, a.x, b.x) || betterFirst(y.direction, a.y, b.y)), found = [];
  for (const one of ordered) if (!found.length || betterFirst(y.direction, one.y, found.at(-1).y) < 0) found.push(one);
  return found;
}

function plotColumns() {
  const { columns } = group(), first = test => columns.findIndex(test);
  const ranked = first(one => one.measured && one.primary && one.direction !== "none");
  const y = columnNamed("y", ranked >= 0 ? ranked : Math.max(0, first(one => one.measured && one.primary)));
  const time = first(one => one.name === "time seconds"), other = first((one, at) => one.primary && at !== y);
  return [columnNamed("x", time >= 0 && time !== y ? time : Math.max(0, other)), y];
}

function points(rows, x, y) {
  const { figures } = group();
  return rows.map(row => ({ row, x: figures[x].mean[row], y: figures[y].mean[row] })).filter(one => one.x !== null && one.y !== null);
}

function drawPlot() {
  const here = group(), [x, y] = plotColumns(), options = here.columns.map(column => [column.id, column.name + (here.columns.filter(one => one.name === column.name).length > 1 ? ` (${column.how})` : "")]);
  refill(byId("plot-controls"), choice("Across", "x", options, here.columns[x]?.id), choice("Up", "y", options, here.columns[y]?.id));
  const found = points(filteredRows(), x, y), fixed = points(controlRows(), x, y);
  if (!found.length) {
    byId("plot").replaceChildren(make("div", { class: "no-picture" }, "No combination has both figures."));
    byId("plot-reading").textContent = "";
    return;
  }
  const best = front(found, here.columns[x], here.columns[y]);
  const drawing = picture(here, found, fixed, best, x, y);
  byId("plot").replaceChildren(drawing);
  byId("plot-reading").textContent = best === null
    ? "One of these figures has no better and worse, so there is no front."
    : `Not beaten in both, by their means: ${best.slice(0, 12).map(one => here.rows.label[one.row]).join("; ")}${best.length > 12 ? ` and ${best.length - 12} more` : ""}. `
      + "Where intervals overlap, neighbours of the line may belong to it.";
}

function picture(here, found, fixed, best, x, y) {
  const all = [...found, ...fixed], few = all.length <= FEW;
  const extent = (column, name) => {
    const shown = all.flatMap(one => (few ? [one[name], here.figures[column].low[one.row] ?? one[name], here.figures[column].high[one.row] ?? one[name]] : [one[name]]));
    return shown.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  };
  const across = scale(...extent(x, "x"), LEFT, WIDE - RIGHT), up = scale(...extent(y, "y"), HIGH - BOTTOM, TOP);
  const svg = make("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${here.columns[y].name} against ${here.columns[x].name}; the same figures are in the table` });
  for (const value of up.ticks) svg.append(
    make("line", { class: "grid-line", x1: LEFT, x2: WIDE - RIGHT, y1: up.at(value), y2: up.at(value) }),
    make("text", { x: LEFT - 10, y: up.at(value) + 4, "text-anchor": "end" }, tick(value)));
  for (const value of across.ticks) svg.append(make("text", { x: across.at(value), y: HIGH - BOTTOM + 22, "text-anchor": "middle" }, tick(value)));
  const named = (column, logarithmic) => `${column.name} ${ARROW[column.direction]}`.trim() + (logarithmic ? " (logarithmic)" : "");
  svg.append(make("text", { x: (LEFT + WIDE - RIGHT) / 2, y: HIGH - 8, "text-anchor": "middle" }, named(here.columns[x], across.logarithmic)),
    make("text", { transform: `translate(14 ${(TOP + HIGH - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" }, named(here.columns[y], up.logarithmic)));
  const place = one => [across.at(one.x), up.at(one.y)];
  if (few) for (const one of all) whiskers(svg, here, one, x, y, across, up);
  // Thousands of circles are slow; one path of points without length is not.
  if (found.length > CROWD) svg.append(make("path", { class: "crowd", d: found.map(one => `M${place(one).map(v => v.toFixed(1)).join(" ")}h0`).join("") }));
  else for (const one of found) svg.append(make("circle", { class: "dot-mark", cx: place(one)[0], cy: place(one)[1], r: 5 }));
  fixed.forEach((one, number) => {
    const [cx, cy] = place(one);
    svg.append(make("path", { class: "control-mark", d: `M${cx - 6} ${cy}L${cx} ${cy - 6}L${cx + 6} ${cy}L${cx} ${cy + 6}Z` }));
    // Two controls often lie on each other: one name above, the next below.
    nameAt(svg, [cx, cy + (number % 2 ? 26 : 0)], here.rows.label[one.row].split(":")[0]);
  });
  if (best) {
    svg.append(make("path", { class: "front", d: best.map((one, at) => `${at ? "L" : "M"}${place(one).join(" ")}`).join("") }));
    for (const one of best) svg.append(make("circle", { class: "front-mark", cx: place(one)[0], cy: place(one)[1], r: 4 }));
    nameFront(svg, here, best, place);
  }
  const ring = make("circle", { class: "here", r: 9, visibility: "hidden" });
  svg.append(ring);
  svg.addEventListener("pointermove", event => readOff(event, svg, here, all, place, ring, x, y));
  return svg;
}

function whiskers(svg, here, one, x, y, across, up) {
  const [cx, cy] = [across.at(one.x), up.at(one.y)], fx = here.figures[x], fy = here.figures[y];
  if (fx.low[one.row] !== null) svg.append(make("line", { class: "whisker", x1: across.at(fx.low[one.row]), x2: across.at(fx.high[one.row]), y1: cy, y2: cy }));
  if (fy.low[one.row] !== null) svg.append(make("line", { class: "whisker", x1: cx, x2: cx, y1: up.at(fy.low[one.row]), y2: up.at(fy.high[one.row]) }));
}

/** A name beside a dot, on the side where there is room. */
function nameAt(svg, [cx, cy], text) {
  const short = text.length > 34 ? text.slice(0, 33) + "…" : text, end = cx > WIDE * 0.66;
  svg.append(make("text", { class: "named", x: cx + (end ? -10 : 10), y: cy - 8, "text-anchor": end ? "end" : "start" }, short));
}

/** Names of the front, as many as do not lie on each other. */
function nameFront(svg, here, best, place) {
  const taken = [];
  for (const one of best.slice(0, 200)) {
    const at = place(one);
    if (taken.length >= NAMED || taken.some(other => Math.abs(other[1] - at[1]) < 16 && Math.abs(other[0] - at[0]) < 240)) continue;
    taken.push(at);
    nameAt(svg, at, here.rows.label[one.row]);
  }
}

/** Say which dot is nearest to the pointer. */
function readOff(event, svg, here, all, place, ring, x, y) {
  const box = svg.getBoundingClientRect(), px = ((event.clientX - box.left) / box.width) * WIDE, py = ((event.clientY - box.top) / box.height) * HIGH;
  let nearest = null, least = 900;
  for (const one of all) {
    const [cx, cy] = place(one), far = (cx - px) ** 2 + (cy - py) ** 2;
    if (far < least) [nearest, least] = [one, far];
  }
  ring.setAttribute("visibility", nearest ? "visible" : "hidden");
  if (!nearest) return;
  const [cx, cy] = place(nearest);
  ring.setAttribute("cx", cx);
  ring.setAttribute("cy", cy);
  const said = (column, value) => `${here.columns[column].name} ${figure(value)} ${span(here.figures[column].low[nearest.row], here.figures[column].high[nearest.row])}`.trim();
  byId("plot-reading").textContent = `${here.rows.label[nearest.row]}: ${said(x, nearest.x)}, ${said(y, nearest.y)}`;
}
