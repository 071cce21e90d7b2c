// The pictures: one pair under all combinations, or one combination with all pairs; heat maps on hover or click.
const MOST_TILES = 60;

function tile(here, at, heat, caption, folder) {
  const { pictures } = here, over = heat === undefined ? null : heat;
  const image = make("img", { src: pictures.uris[at], alt: caption, loading: "lazy" });
  const shown = over === null ? image : make("button", {
    type: "button", "aria-pressed": "false", title: "heat map on hover; click to keep it", "aria-label": `${caption}: show the heat map`,
    onclick: event => {
      const button = event.currentTarget;
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    },
  }, image, make("img", { class: "heat", src: pictures.uris[over], alt: "", loading: "lazy" }));
  return make("figure", { class: "tile" }, shown, make("figcaption", {}, caption, folder ? " " : "", folder ? make("a", { href: pictures.files[at] }, "whole picture") : ""));
}

const emptyTile = (caption, key) => make("figure", { class: "tile" }, make("div", { class: "no-picture" }, "not in this page"),
  make("figcaption", {}, caption, " ", make("a", { href: `cells/${key}/` }, "its folder")));

function drawPictures() {
  const here = group(), { pictures } = here, width = here.styles.length;
  const named = (names, name) => Math.max(0, names.indexOf(state.get(name) ?? ""));
  const content = named(here.contents, "content"), style = named(here.styles, "style");
  const heats = [...new Set(Object.values(pictures.heat).flatMap(pairs => Object.values(pairs)).flatMap(Object.keys))];
  const heat = heats.includes(state.get("heat")) ? state.get("heat") : heats[0];
  const listed = [...controlRows(), ...sortedRows()].filter(row => here.rows.seeds[row] > 0), one = listed.find(row => here.rows.key[row] === state.get("of"));
  const offered = listed.slice(0, 300);
  refill(byId("pictures-controls"),
    choice("Show", "of", [["", "one pair, every combination"], ...offered.map(row => [here.rows.key[row], `all pairs: ${here.rows.label[row]}`])], one === undefined ? "" : here.rows.key[one]),
    one === undefined ? choice("Content", "content", here.contents.map(name => [name, name]), here.contents[content]) : null,
    one === undefined ? choice("Style", "style", here.styles.map(name => [name, name]), here.styles[style]) : null,
    heats.length ? choice("Heat maps", "heat", heats.map(name => [name, name]), heat) : null);
  const pairs = one === undefined ? [content * width + style] : here.contents.flatMap((_, c) => here.styles.map((_, s) => c * width + s));
  const rows = one === undefined ? listed : [one], wanted = rows.flatMap(row => pairs.map(pair => [row, pair]));
  const shown = wanted.slice(0, MOST_TILES);
  const input = (role, name) => (pictures.inputs[role]?.[name] === undefined ? null : tile(here, pictures.inputs[role][name], undefined, `${role}: ${name}`));
  const inputs = one === undefined ? [input("content", here.contents[content]), input("style", here.styles[style])] : here.styles.map(name => input("style", name)).slice(0, 12);
  byId("inputs").replaceChildren(...inputs.filter(Boolean));
  byId("tiles").replaceChildren(...shown.map(([row, pair]) => {
    const caption = one === undefined ? here.rows.label[row] : `${here.contents[Math.floor(pair / width)]} × ${here.styles[pair % width]}`;
    const at = pictures.at[row]?.[pair];
    return at === undefined ? emptyTile(caption, here.rows.key[row]) : tile(here, at, pictures.heat[row]?.[pair]?.[heat], caption, true);
  }));
  const cut = wanted.length > shown.length ? `${shown.length} of ${wanted.length.toLocaleString("en-US")} are shown, in the table's order: filter or sort it to see others. ` : "";
  const seeds = here.rows.seeds.some(count => count > 1) ? "Pictures are of the first seed. " : "";
  byId("pictures-note").textContent = cut + seeds + (heats.length ? "Heat maps show on hover, or stay after a click or Enter. " : "") + pictures.notes.join(" ");
}
