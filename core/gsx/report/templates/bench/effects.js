// What going from one value of an axis to another does: a sentence per step and figure.
const KIND = { better: "pass", worse: "fail" };
const MOST_SHOWN = 200;

function drawEffects() {
  const here = group(), axis = state.get("effect") || "", column = state.get("figure") || "";
  const axes = [...new Set(here.effects.map(one => one.axis))], columns = [...new Set(here.effects.map(one => one.column))];
  const primary = !column && columns.some(at => here.columns[at].primary);
  refill(byId("effects-controls"),
    choice("Axis", "effect", [["", "all"], ...axes.map(one => [one, one])], axis),
    choice("Figure", "figure", [["", "one per metric"], ...columns.map(at => [here.columns[at].id, here.columns[at].name])], column));
  const found = here.effects.filter(one => (!axis || one.axis === axis)
    && (column ? here.columns[one.column].id === column : !primary || here.columns[one.column].primary));
  const head = ["Axis", "From", "To", "Figure", "Change", "Verdict", "Settings that agree"];
  refill(byId("effects"),
    make("thead", {}, make("tr", {}, ...head.map(text => make("th", { scope: "col", class: text === "Change" ? "num" : null }, text)))),
    make("tbody", {}, ...found.slice(0, MOST_SHOWN).map(one => effectRow(here, one))));
  const cut = found.length > MOST_SHOWN ? `${plural(found.length - MOST_SHOWN, "row")} more: choose an axis or a figure. ` : "";
  byId("effects-note").textContent = found.length
    ? `${cut}${here.effects_left_out} Averaged over the settings of the other axes; intervals are 95 % over what each row names, each for itself. Figures measured in two ways are not compared.`
    : "No two combinations differ in one axis alone and share a figure that is measured in one way.";
}

function effectRow(here, one) {
  const column = here.columns[one.column], interval = span(one.low, one.high, signed);
  const verdict = one.verdict === "not known" ? "no interval" : one.verdict;
  const left = one.left_out ? `; ${plural(one.left_out, "setting")} left out, for one end has no figure there` : "";
  return make("tr", { title: `going from ${one.before} to ${one.after} changes ${column.name} by ${signed(one.change)} ${interval} (${figure(one.from)} to ${figure(one.to)}), over ${one.over}` },
    make("th", { scope: "row" }, one.axis), make("td", {}, one.before), make("td", {}, one.after),
    make("td", {}, `${column.name} ${ARROW[column.direction]}`.trim()),
    make("td", { class: "num" }, one.verdict === "the same" ? "0" : signed(one.change), make("small", { class: "soft" }, " " + (one.verdict === "the same" ? "" : interval))),
    make("td", {}, make("span", { class: "verdict " + (KIND[one.verdict] || "other") }, verdict)),
    make("td", {}, `${one.agreeing} of ${one.settings}`, make("small", { class: "soft" }, left)));
}
