// What everything else uses: the data, small helpers, numbers in words, and the state that lives in the address.
const GROUPS = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);

/** An element; texts become text nodes, so nothing from the data is ever read as HTML. */
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "circle", "text", "rect"].includes(tag);
  const one = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
    else one.setAttribute(name, value === true ? "" : value);
  }
  one.append(...children.filter(child => child !== null && child !== undefined));
  return one;
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** Three significant digits and a true minus sign, as in the rest of GSX's pages. */
function figure(value, digits = 3) {
  if (value === 0) return "0";
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent < -3 || exponent > 6)
    return `${mantissa}×10${[...String(exponent)].map(one => SUPERSCRIPTS[one]).join("")}`.replace("-", "−");
  const places = Math.max(0, digits - 1 - exponent);
  return Number(`${mantissa}e${power}`)
    .toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }).replace("-", "−");
}
const signed = value => (value > 0 ? "+" : "") + figure(value);
const span = (low, high, write = figure) => (low === null || high === null ? "" : `[${write(low)}, ${write(high)}]`);
const plural = (count, one) => `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;
const ARROW = { lower: "↓", higher: "↑", none: "" };
const BETTER = { lower: "lower is better", higher: "higher is better", none: "" };

/** -1 if a is better than b. */
const betterFirst = (direction, a, b) => (direction === "higher" ? b - a : a - b);

// The state is the address: #sort=ssim&order=desc&axis.fusion=wct&status=done&page=2, so that a view can be passed on.
const state = new URLSearchParams(location.hash.slice(1));
const redraws = [];

/** Set parts of the state ("" or null removes one) and draw anew what hangs on it. */
function set(parts) {
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === undefined || value === "") state.delete(name);
    else state.set(name, value);
  }
  // A page in a sandbox or from some viewers may not touch its address: it works all the same.
  try { history.replaceState(null, "", "#" + state); } catch (error) { console.warn(error.message); }
  draw();
}

function draw() {
  for (const one of redraws) one();
}

const group = () => GROUPS.find(one => one.data === state.get("data")) || GROUPS[0];

/** The column that the state names under `name`, else `otherwise`. */
function columnNamed(name, otherwise) {
  const at = group().columns.findIndex(column => column.id === state.get(name));
  return at < 0 ? otherwise : at;
}

/** A labelled <select>; options are [value, text]. */
function choice(label, name, options, current, change) {
  return make("label", {}, label, make("select", {
    name, onchange: event => (change || (value => set({ [name]: value, page: null })))(event.target.value),
  }, ...options.map(([value, text]) => make("option", { value, selected: value === current }, text))));
}

/** Put `children` in place of what `holder` has, and keep the keyboard where it was. */
function refill(holder, ...children) {
  const active = document.activeElement, name = active && holder.contains(active) ? active.name : "";
  holder.replaceChildren(...children.filter(child => child !== null));
  const again = name && [...holder.querySelectorAll("[name]")].find(one => one.name === name);
  if (again) again.focus();
}
