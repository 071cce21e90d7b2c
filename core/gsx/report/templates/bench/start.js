// Everything is drawn from the state, at the start and whenever it changes.
if (GROUPS.length) {
  redraws.push(drawFilters, drawTable, drawPlot, drawEffects, drawPictures);
  for (const form of document.querySelectorAll("form")) form.addEventListener("submit", event => event.preventDefault());
  addEventListener("hashchange", () => {
    if (location.hash === "#unread" || location.hash.slice(1) === String(state)) return;
    for (const name of [...state.keys()]) state.delete(name);
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) state.append(name, value);
    draw();
  });
  draw();
}
