// The table: controls on top, fifty rows at a time, failed and skipped rows with their reasons.
const PER_PAGE = 50;

/** Filtered rows in the order asked for; rows without a value stay at the end. */
function sortedRows() {
  const here = group(), rows = filteredRows(), by = state.get("sort");
  if (!by) return rows;
  const sign = state.get("order") === "desc" ? -1 : 1, column = here.columns.findIndex(one => one.id === by);
  if (by === "label") return [...rows].sort((a, b) => sign * here.rows.label[a].localeCompare(here.rows.label[b], "en", { numeric: true }));
  if (by === "status") return [...rows].sort((a, b) => sign * here.rows.status[a].localeCompare(here.rows.status[b]));
  if (column < 0) return rows;
  const mean = here.figures[column].mean;
  return [...rows].sort((a, b) => (mean[a] === null) - (mean[b] === null) || sign * (mean[a] - mean[b]) || a - b);
}

function drawTable() {
  const here = group(), columns = chosenColumns(), rows = sortedRows(), pages = Math.max(1, Math.ceil(rows.length / PER_PAGE));
  const page = Math.min(pages, Math.max(1, Number(state.get("page")) || 1)), first = (page - 1) * PER_PAGE;
  const shown = rows.slice(first, first + PER_PAGE), total = here.rows.label.length - controlRows().length;
  refill(byId("table"),
    make("thead", {}, make("tr", {}, heading("label", "Combination", "", ""),
      ...columns.map(at => columnHeading(here.columns[at])))),
    make("tbody", { class: "fixed" }, ...controlRows().map(at => tableRow(here, at, columns))),
    make("tbody", { id: "rows" }, ...shown.map(at => tableRow(here, at, columns))));
  const range = rows.length ? `${(first + 1).toLocaleString("en-US")} to ${(first + shown.length).toLocaleString("en-US")} of ` : "";
  byId("count").textContent = `${range}${plural(rows.length, "combination")}`
    + (rows.length < total ? ` (${plural(total - rows.length, "other")} filtered out)` : "");
  const go = (to, text) => make("button", { type: "button", name: text, disabled: to < 1 || to > pages || to === page, onclick: () => set({ page: to }) }, text);
  refill(byId("pages"), ...(pages > 1
    ? [go(1, "First"), go(page - 1, "Previous"), make("span", {}, `page ${page} of ${pages}`), go(page + 1, "Next"), go(pages, "Last")] : []));
  byId("notes").replaceChildren(...here.notes.map(note => make("li", {}, note)));
}

function columnHeading(column) {
  const start = column.direction === "higher" ? "desc" : "asc";
  const title = [column.summary, column.how, BETTER[column.direction]].filter(Boolean).join(" · ");
  return heading(column.id, `${column.name} ${ARROW[column.direction]}`.trim(), column.how, title, start, true);
}

/** A heading that sorts: first the best on top, then the other way round, then as planned. */
function heading(id, text, how, title, start = "asc", number = false) {
  const sorted = state.get("sort") === id, order = state.get("order") || "asc", turned = start === "asc" ? "desc" : "asc";
  const next = !sorted ? { sort: id, order: start } : order === start ? { sort: id, order: turned } : { sort: null, order: null };
  return make("th", { scope: "col", class: number ? "num" : null, title, "aria-sort": sorted ? (order === "desc" ? "descending" : "ascending") : null },
    make("button", { type: "button", name: "sort-" + id, onclick: () => set({ ...next, page: null }) },
      text + (sorted ? (order === "desc" ? " ▼" : " ▲") : "")), how ? make("small", {}, how) : null);
}

function tableRow(here, at, columns) {
  const { rows } = here, done = rows.seeds[at] > 0, whole = rows.status[at] === "done";
  const name = make("th", { scope: "row" }, rows.label[at],
    whole ? null : make("small", { class: "bad" }, rows.status[at] + (done ? `: ${rows.reason[at]}` : "")));
  if (!done) return make("tr", { class: "failed" }, name, make("td", { colspan: columns.length }, make("div", { class: "reason" }, rows.reason[at])));
  return make("tr", {}, name, ...columns.map(column => figureCell(here, at, column)));
}

function figureCell(here, at, number) {
  const column = here.columns[number], found = here.figures[number], mean = found.mean[at];
  const why = here.rows.missing[at].find(line => line.startsWith(column.name.split(" ")[0] + ":"));
  if (mean === null) {
    return make("td", { class: "figure", title: why || "not measured for this combination" }, why ? "none*" : "–");
  }
  const best = found.best[at], worst = found.worst[at], tie = found.ties[at];
  const rank = best ? `#${best === worst ? best : `${best}–${worst}`}${tie && worst > 1 ? " =" : ""}` : "";
  const interval = span(found.low[at], found.high[at]);
  const title = [interval ? (found.own ? "the metric's own interval" : "95 % interval") : "no interval: one value",
    best ? `rank ${best === worst ? best : `between ${best} and ${worst}`}` : "",
    tie && worst > 1 ? "can't be told apart from the best" : "", why].filter(Boolean).join("; ");
  return make("td", { class: "figure" + (tie ? " top" : ""), title }, figure(mean) + (why ? "*" : ""),
    make("small", {}, interval || "no interval", rank ? make("span", { class: "rank" }, "  " + rank) : null));
}
