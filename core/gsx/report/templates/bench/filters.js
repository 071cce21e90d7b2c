// Which rows are looked at: pictures, status, a value per axis, and a word.
let cached = { key: null, rows: [] };

/** Numbers of the rows that pass the filters, controls left out, in planned order. */
function filteredRows() {
  const here = group(), wanted = here.axes.map(axis => axis.values.indexOf(state.get("axis." + axis.name) ?? ""));
  const status = state.get("status"), words = (state.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
  const key = JSON.stringify([here.data, wanted, status, words]);
  if (cached.key === key) return cached.rows;
  const { rows } = here, found = [];
  for (let at = 0; at < rows.label.length; at++) {
    if (rows.control[at]) continue;
    if (wanted.some((value, axis) => value >= 0 && rows.axes[at][axis] !== value)) continue;
    if (status && !rows.status[at].startsWith(status)) continue;
    const label = words.length ? `${rows.label[at]} ${rows.reason[at]}`.toLowerCase() : "";
    if (words.every(word => label.includes(word))) found.push(at);
  }
  cached = { key, rows: found };
  return found;
}

const controlRows = () => group().rows.control.flatMap((control, at) => (control ? [at] : []));

function drawFilters() {
  const here = group(), holder = byId("filters");
  const statuses = [...new Set(here.rows.status.map(one => one.split(",")[0]))];
  const axes = here.axes.filter(axis => axis.values.length > 1 && axis.values.length <= 500);
  refill(holder,
    GROUPS.length > 1 ? choice("Pictures", "data", GROUPS.map((one, at) =>
      [one.data, `set ${at + 1}: ${one.contents.length} × ${one.styles.length}, data ${one.data.slice(0, 8)}`]), here.data) : null,
    make("label", {}, "Search", make("input", {
      type: "search", name: "q", value: state.get("q") || "", placeholder: "name or reason",
      onchange: event => set({ q: event.target.value, page: null }),
    })),
    ...axes.map(axis => choice(axis.name, "axis." + axis.name,
      [["", "all"], ...axis.values.map(value => [value, value])], state.get("axis." + axis.name) || "")),
    statuses.length > 1 ? choice("Status", "status", [["", "all"], ...statuses.map(one => [one, one])], state.get("status") || "") : null,
    make("button", { type: "button", name: "clear", onclick: () => set({
      ...Object.fromEntries([...state.keys()].filter(name => name.startsWith("axis.")).map(name => [name, null])),
      q: null, status: null, page: null,
    }) }, "Clear"),
    columnPicker(here));
}

/** Which figures are columns: a box per figure, folded away. */
function columnPicker(here) {
  if (here.columns.length < 2) return null;
  const chosen = chosenColumns(), open = byId("filters").querySelector("details");
  return make("details", { open: Boolean(open && open.open) },
    make("summary", {}, `Figures shown: ${chosen.length} of ${here.columns.length}`),
    make("fieldset", {}, ...here.columns.map((column, at) => make("label", { class: "check-box", title: column.how },
      make("input", { type: "checkbox", name: "column-" + at, checked: chosen.includes(at), onchange: event => {
        const now = here.columns.map((_, one) => one).filter(one => (one === at ? event.target.checked : chosen.includes(one)));
        set({ columns: now.map(one => here.columns[one].id).join("|") });
      } }), column.name))));
}

/** Numbers of the columns shown: those asked for, else one per metric. */
function chosenColumns() {
  const here = group(), asked = (state.get("columns") || "").split("|").filter(Boolean);
  const found = asked.map(id => here.columns.findIndex(column => column.id === id)).filter(at => at >= 0);
  if (found.length) return found;
  const primary = here.columns.flatMap((column, at) => (column.primary ? [at] : []));
  return primary.slice(0, 8);
}
