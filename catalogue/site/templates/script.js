"use strict";
// adds to pages that are complete without it: ages beside dates, a filter, and columns that can be sorted
(() => {
  const DAY = 86400000;
  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    Object.assign(made, attributes);
    made.dataset.added = "";
    made.append(...children);
    return made;
  };
  const words = (days) => {
    const far = Math.abs(days);
    if (far < 1) return "today";
    const [number, unit] = far < 60 ? [far, "day"] : far < 730 ? [Math.round(far / 30.44), "month"] : [Math.round(far / 365.25), "year"];
    const said = `${number} ${unit}${number === 1 ? "" : "s"}`;
    return days < 0 ? `in ${said}` : `${said} ago`;
  };
  const today = Date.parse(new Date().toISOString().slice(0, 10));
  for (const time of document.querySelectorAll(".age time")) {
    const days = Math.round((today - Date.parse(time.dateTime)) / DAY);
    if (!Number.isNaN(days)) time.after(make("span", {}, ` (${words(days)})`));
  }

  const text = (cell) => cell.dataset.key || cell.textContent.trim().toLowerCase();

  for (const table of document.querySelectorAll("table[data-sort]")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const said = make("p", { className: "hidden" });
    said.setAttribute("role", "status");

    [...table.tHead.rows[0].cells].forEach((head, index) => {
      const name = head.textContent.trim();
      const button = make("button", { type: "button", className: "sort", textContent: "↕" });
      button.setAttribute("aria-label", `Sort by ${name}`);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) {
          other.removeAttribute("aria-sort");
          other.querySelector("button").textContent = "↕";
        }
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        button.textContent = down ? "↓" : "↑";
        const state = (row) => row.cells[index].dataset.state || "";
        const order = (a, b) => state(a).localeCompare(state(b)) || text(a.cells[index]).localeCompare(text(b.cells[index]), "en", { numeric: true });
        body.append(...[...rows].sort((a, b) => (down ? order(b, a) : order(a, b))));
        said.textContent = `Sorted by ${name}, ${down ? "last first" : "first first"}`;
      });
      head.append(" ", button);
    });

    const input = make("input", { type: "search", autocomplete: "off" });
    const controls = make("div", { className: "controls" }, make("label", {}, "Show rows with ", input));
    const states = [...new Set(rows.flatMap((row) => [...row.cells].map((cell) => cell.dataset.state)).filter(Boolean))].sort();
    let select = null;
    if (states.length > 1) {
      const options = states.map((state) => make("option", { value: state, textContent: state[0].toUpperCase() + state.slice(1) }));
      select = make("select", {}, make("option", { value: "", textContent: "any state" }), ...options);
      controls.append(make("label", {}, "and a dataset that is ", select));
    }
    const count = make("span", { className: "quiet" });
    count.setAttribute("role", "status");
    controls.append(count);
    const filter = () => {
      const wanted = input.value.trim().toLowerCase();
      let left = 0;
      for (const row of rows) {
        const fits = (!wanted || row.textContent.toLowerCase().includes(wanted)) &&
          (!select || !select.value || [...row.cells].some((cell) => cell.dataset.state === select.value));
        row.hidden = !fits;
        left += fits ? 1 : 0;
      }
      for (const cell of table.querySelectorAll("td[data-state]")) {
        cell.classList.toggle("faint", Boolean(select && select.value) && cell.dataset.state !== select.value);
      }
      count.textContent = left === rows.length ? "" : `${left} of ${rows.length} rows`;
    };
    input.addEventListener("input", filter);
    if (select) select.addEventListener("change", filter);
    const holder = table.parentElement;
    holder.before(controls, said);
  }
})();
