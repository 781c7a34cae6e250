"use strict";
// reads the Parquet file of a release by ranges, as much of it as the rows on the screen need
(() => {
  const ROWS = 50; // on one page
  const MOST_ROWS = 3_000_000; // beyond, filtering and sorting take more memory than a browser has
  const SMALL = 500_000; // bytes of a file that is read as a whole
  const PIECE = 50_000; // rows that are compared before the page may react
  const IDENTITY = /^([a-z0-9]+(?:-[a-z0-9]+)*)\/([a-z0-9]+(?:-[a-z0-9]+)*)$/;
  const byId = (id) => document.getElementById(id);
  const count = (number) => number.toLocaleString("en-GB");
  const noun = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const make = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const say = (text) => { byId("status").textContent = text; };

  if (location.protocol === "file:") {
    say("This page reads files from a web server, and was opened as a file. Serve the folder of the site, for example with “python -m http.server”, and open it there.");
    return;
  }
  byId("choice").hidden = false;

  // --- the file: bytes by ranges, columns by need ---

  class Problem extends Error {}

  const ask = async (address, options) => {
    let response;
    try {
      response = await fetch(address, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("The server did not answer. Try again in a while.");
    }
    if (response.status === 404) throw new Problem("There is no such dataset here, or it was taken away.");
    if (!response.ok) throw new Problem(`The server answered with status ${response.status}. Try again in a while.`);
    return response;
  };

  class ParquetFile {
    constructor(address, bytes) {
      this.address = address;
      this.byteLength = bytes;
      this.read = 0; // bytes that came over the network
      this.whole = null;
      this.signal = null;
      this.columns = new Map();
    }

    async slice(start, end = this.byteLength) {
      if (this.whole) return this.whole.slice(start, end);
      const headers = this.byteLength > SMALL ? { Range: `bytes=${start}-${end - 1}` } : {};
      const response = await ask(this.address, { headers, signal: this.signal });
      const buffer = await response.arrayBuffer();
      this.read += buffer.byteLength;
      if (response.status === 206) return buffer;
      // asked for, or from a server that does not know ranges
      this.whole = buffer;
      return buffer.slice(start, end);
    }

    async open() {
      this.metadata = await parquet.parquetMetadataAsync(this, { initialFetchSize: 1 << 16 });
      this.rows = Number(this.metadata.num_rows);
      const leaves = this.metadata.schema.filter((element) => !element.num_children);
      this.names = leaves.map((element) => element.name);
      this.shape = new Map(leaves.map((element) => [element.name, element]));
    }

    options(more) {
      const compressors = { ZSTD: (input, length) => parquet.decompress(input, new Uint8Array(length)) };
      return { file: this, metadata: this.metadata, compressors, useOffsetIndex: true, geoparquet: false, ...more };
    }

    async range(start, end) {
      let found = [];
      await parquet.parquetRead(this.options({ rowStart: start, rowEnd: end, onComplete: (rows) => { found = rows; } }));
      return found;
    }

    // all values of a column, read group by group; kept, because the next sort or filter needs them again
    async column(name, onProgress) {
      if (this.columns.has(name)) return this.columns.get(name);
      const values = [];
      for (let start = 0; start < this.rows;) {
        const end = Math.min(start + PIECE, this.rows);
        let piece = [];
        await parquet.parquetRead(this.options({ columns: [name], rowStart: start, rowEnd: end, onComplete: (rows) => { piece = rows; } }));
        for (const row of piece) values.push(row[0]);
        start = end;
        onProgress(start / this.rows);
        await breathe();
      }
      this.columns.set(name, values);
      return values;
    }

    isNumber(name) {
      const { type, converted_type: converted } = this.shape.get(name);
      return !["BYTE_ARRAY", "BOOLEAN"].includes(type) && !/DATE|TIME/.test(converted || "") && !this.isDay(name);
    }

    isDay(name) {
      const { converted_type: converted, logical_type: logical } = this.shape.get(name);
      return /DATE|TIMESTAMP/.test(`${converted || ""} ${(logical && logical.type) || ""}`);
    }

    text(name, value) {
      if (value === null || value === undefined) return "";
      if (value instanceof Date) {
        const written = value.toISOString();
        return /TIMESTAMP/.test(JSON.stringify(this.shape.get(name).logical_type || this.shape.get(name).converted_type)) ? written.slice(0, 19) : written.slice(0, 10);
      }
      const { scale, converted_type: converted } = this.shape.get(name);
      if (converted === "DECIMAL" && typeof value === "number") return value.toFixed(scale || 0);
      return String(value);
    }
  }

  const breathe = () => new Promise((resolve) => { setTimeout(resolve, 0); });

  // --- what is shown: kept in the address, so that it can be sent to somebody ---

  const state = { identity: "", table: "", words: "", filters: [], sort: "", down: false, from: 0 };

  const readAddress = () => {
    const [place, query = ""] = decodeURIComponent(location.hash.slice(1)).split("?");
    const found = new URLSearchParams(location.hash.split("?")[1] || query);
    const [dataset = "", publisher = "", table = ""] = place.split("/");
    const sort = found.get("sort") || "";
    Object.assign(state, {
      identity: `${dataset}/${publisher}`,
      table,
      words: found.get("words") || "",
      filters: found.getAll("where").map((text) => JSON.parse(text)).filter((one) => Array.isArray(one) && one.length === 3),
      sort: sort.replace(/^-/, ""),
      down: sort.startsWith("-"),
      from: Math.max(0, (Number.parseInt(found.get("row"), 10) || 1) - 1),
    });
  };

  const writeAddress = () => {
    const query = new URLSearchParams();
    if (state.words) query.set("words", state.words);
    for (const filter of state.filters) query.append("where", JSON.stringify(filter));
    if (state.sort) query.set("sort", (state.down ? "-" : "") + state.sort);
    if (state.from) query.set("row", state.from + 1);
    const place = [state.identity, state.table].filter(Boolean).join("/");
    const written = `#${place}${[...query].length ? `?${query}` : ""}`;
    if (written !== location.hash) history.replaceState(null, "", written);
  };

  // --- rows: which ones, and in which order ---

  const COMPARISONS = {
    contains: "contains", is: "is", "is not": "is not", from: "is at least", to: "is at most", empty: "is empty", filled: "is not empty",
  };

  // numbers are compared as numbers, everything else as the text that is shown
  const matcher = (file, [name, operator, wanted]) => {
    const number = file.isNumber(name) ? Number(wanted) : NaN;
    const plain = String(wanted).toLowerCase();
    const compare = (value) => (Number.isNaN(number) ? file.text(name, value).localeCompare(wanted, "en") : Number(value) - number);
    const tests = {
      contains: (value) => file.text(name, value).toLowerCase().includes(plain),
      is: (value) => value !== null && value !== undefined && (Number.isNaN(number) ? file.text(name, value).toLowerCase() === plain : Number(value) === number),
      "is not": (value) => !tests.is(value),
      from: (value) => value !== null && value !== undefined && compare(value) >= 0,
      to: (value) => value !== null && value !== undefined && compare(value) <= 0,
      empty: (value) => file.text(name, value) === "",
      filled: (value) => file.text(name, value) !== "",
    };
    return tests[operator] || (() => true);
  };

  const keep = async (file, rows, fits) => {
    const kept = [];
    for (let start = 0; start < rows.length; start += PIECE) {
      const end = Math.min(start + PIECE, rows.length);
      for (let index = start; index < end; index += 1) if (fits(rows[index])) kept.push(rows[index]);
      await breathe();
      if (file.signal.aborted) throw new DOMException("stopped", "AbortError");
    }
    return Uint32Array.from(kept);
  };

  let file = null;
  let listing = null;
  let view = null; // row numbers in the order of the screen; null for all rows as they lie in the file
  let viewOf = "";
  let stop = new AbortController();

  const arrange = async () => {
    const key = JSON.stringify([state.words, state.filters, state.sort, state.down]);
    if (key === viewOf) return;
    if (!state.words && !state.filters.length && !state.sort) {
      view = null;
      viewOf = key;
      return;
    }
    if (file.rows > MOST_ROWS) throw new Problem(`${noun(file.rows, "row")} are too many to search and sort in a browser. Take the Parquet file for that, for example with DuckDB.`);
    const texts = file.names.filter((name) => !file.isNumber(name));
    const needed = [...new Set([...(state.words ? texts : []), ...state.filters.map(([name]) => name), ...(state.sort ? [state.sort] : [])])].filter((name) => file.shape.has(name));
    const columns = new Map();
    for (const [index, name] of needed.entries()) {
      columns.set(name, await file.column(name, (part) => { byId("progress").value = (index + part) / needed.length; }));
    }
    let rows = Uint32Array.from({ length: file.rows }, (_, index) => index);
    for (const filter of state.filters.filter(([name]) => columns.has(name))) {
      const [fits, values] = [matcher(file, filter), columns.get(filter[0])];
      rows = await keep(file, rows, (row) => fits(values[row]));
    }
    if (state.words) {
      const words = state.words.toLowerCase();
      rows = await keep(file, rows, (row) => texts.some((name) => file.text(name, columns.get(name)[row]).toLowerCase().includes(words)));
    }
    if (state.sort && columns.has(state.sort)) {
      const values = columns.get(state.sort);
      const side = state.down ? -1 : 1;
      const number = file.isNumber(state.sort) || file.isDay(state.sort);
      const collator = new Intl.Collator("en", { numeric: true });
      // what is empty comes last in both directions
      const missing = (value) => value === null || value === undefined || value === "";
      rows.sort((a, b) => {
        const [one, other] = [values[a], values[b]];
        if (missing(one) || missing(other)) return missing(one) - missing(other) || a - b;
        return side * (number ? Number(one) - Number(other) : collator.compare(String(one), String(other))) || a - b;
      });
    }
    view = rows;
    viewOf = key;
  };

  const rowsAt = async (from, to) => {
    if (!view) return (await file.range(from, to)).map((values, index) => [from + index, values]);
    const wanted = [...view.slice(from, to)];
    const columns = [];
    for (const [index, name] of file.names.entries()) {
      columns.push(await file.column(name, (part) => { byId("progress").value = (index + part) / file.names.length; }));
    }
    return wanted.map((row) => [row, columns.map((values) => values[row])]);
  };

  // --- the screen ---

  const titles = () => new Map((listing.file.schema.fields || []).map((one) => [one.name, one.title || one.name]));

  const showHead = () => {
    const named = titles();
    byId("rows").tHead.replaceChildren(make("tr", {}, make("th", { scope: "col", textContent: "Row" }), ...file.names.map((name) => {
      const title = named.get(name) || name;
      const button = make("button", { type: "button", className: "sort", textContent: state.sort !== name ? "↕" : state.down ? "↓" : "↑" });
      button.setAttribute("aria-label", `Sort by ${title}`);
      button.addEventListener("click", () => {
        Object.assign(state, { down: state.sort === name && !state.down, sort: name, from: 0 });
        show().then(() => byId("rows").tHead.querySelectorAll("button")[file.names.indexOf(name)].focus());
      });
      const head = make("th", { scope: "col" }, title, " ", button);
      if (state.sort === name) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      return head;
    }), make("th", { scope: "col" }, make("span", { className: "hidden", textContent: "Report" }))));
  };

  const showRows = (rows) => {
    byId("rows").tBodies[0].replaceChildren(...rows.map(([row, values]) => {
      const cells = values.map((value, index) => {
        const name = file.names[index];
        const text = file.text(name, value);
        const cell = make("td", { textContent: text.length > 300 ? `${text.slice(0, 300)}…` : text });
        if (file.isNumber(name)) cell.className = "n";
        else if (text.length <= 24) cell.className = "short";
        return cell;
      });
      const report = make("button", { type: "button", className: "plain small", textContent: "Report" });
      report.setAttribute("aria-label", `Report a problem in row ${row + 1}`);
      report.addEventListener("click", () => reportRow(row));
      return make("tr", {}, make("th", { scope: "row", className: "n", textContent: count(row + 1) }), ...cells, make("td", {}, report));
    }));
  };

  const showFilters = () => {
    const named = titles();
    byId("filters").replaceChildren(...state.filters.map((filter, index) => {
      const [name, operator, value] = filter;
      const words = `${named.get(name) || name} ${COMPARISONS[operator]} ${["empty", "filled"].includes(operator) ? "" : `“${value}”`}`.trim();
      const button = make("button", { type: "button", className: "plain small", textContent: "Remove" });
      button.setAttribute("aria-label", `Remove the filter ${words}`);
      button.addEventListener("click", () => {
        state.filters.splice(index, 1);
        state.from = 0;
        show().then(() => byId("column").focus());
      });
      return make("li", {}, words, " ", button);
    }));
  };

  const total = () => (view ? view.length : file.rows);

  const show = async () => {
    stop.abort();
    const mine = new AbortController();
    stop = mine;
    file.signal = mine.signal;
    const wait = setTimeout(() => { if (stop === mine) { byId("work").hidden = false; say("Reading …"); } }, 300);
    byId("progress").value = 0;
    showFilters();
    try {
      await arrange();
      state.from = Math.max(0, Math.min(Math.floor(state.from / ROWS) * ROWS, Math.floor((total() - 1) / ROWS) * ROWS));
      const rows = await rowsAt(state.from, Math.min(state.from + ROWS, total()));
      if (stop !== mine) return;
      showHead();
      showRows(rows);
      const read = file.whole ? `All ${size(file.byteLength)} read` : `${size(file.read)} of ${size(file.byteLength)} read`;
      const shown = total() ? `Rows ${count(state.from + 1)} to ${count(state.from + rows.length)} of ${count(total())}` : "No row fits";
      say(`${shown}${view && total() !== file.rows ? `, out of ${count(file.rows)}` : ""}. ${read}.`);
      writeAddress();
    } catch (error) {
      if (stop !== mine) return;
      if (error.name === "AbortError") say("Stopped. What was on the screen is still there.");
      else if (error instanceof Problem) say(error.message);
      else say(`The file could not be read: ${error.message}`);
    } finally {
      clearTimeout(wait);
      if (stop === mine) {
        byId("work").hidden = true;
        const [at, all] = [state.from, total()];
        for (const id of ["first", "previous"]) byId(id).disabled = at === 0;
        for (const id of ["next", "last"]) byId(id).disabled = at + ROWS >= all;
        byId("download").hidden = !view;
      }
    }
  };

  // --- a problem in a row, to the team that can mend it ---

  const reportRow = (row) => {
    const { contact, title, release, page } = listing.about;
    const text = [`Dataset: ${title}`, `Release: ${release.slice(0, 16)}`, ...(page ? [`Page: ${page}`] : []), `Table: ${listing.file.resource}`, `Row: ${row + 1}`, "What is wrong: ", "What would be right: ", ""].join("\n");
    byId("problem-who").textContent = `${contact.name} of the publisher can change it. This says which row is meant:`;
    byId("problem-text").textContent = text;
    const mail = `mailto:${encodeURIComponent(contact.email).replace("%40", "@")}?subject=${encodeURIComponent(`A problem in “${title}”, row ${row + 1}`)}&body=${encodeURIComponent(text)}`;
    const way = contact.email ? make("a", { className: "button", href: mail, textContent: `Write to ${contact.email}` })
      : /^https?:/.test(contact.page) ? make("a", { className: "button", href: contact.page, textContent: "Open the contact page" })
        : "The publisher has not said how to reach it.";
    byId("problem-way").replaceChildren(way);
    byId("problem").showModal();
  };

  // --- choosing what to look at ---

  const chooseFrom = (select, options, chosen) => {
    select.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text, selected: value === chosen })));
  };

  let city = null;

  const showChoice = async () => {
    city ??= (await (await ask("../london.json")).json()).datasets
      .filter((one) => one.release)
      .map((one) => ({ title: one.title, name: one.publisher, dataset: one.identity.split("/")[0], publisher: one.identity.split("/")[1] }));
    const [dataset, publisher] = state.identity.split("/");
    const datasets = new Map(city.map((one) => [one.dataset, one.title]));
    const publishers = city.filter((one) => one.dataset === dataset).map((one) => [one.publisher, one.name]);
    const order = (pairs) => pairs.sort((a, b) => a[1].localeCompare(b[1], "en"));
    chooseFrom(byId("dataset"), [["", "choose one"], ...order([...datasets])], dataset);
    chooseFrom(byId("publisher"), [["", "choose one"], ...order(publishers)], publisher);
  };

  const open = async () => {
    stop.abort();
    byId("tools").hidden = true;
    byId("rows").tBodies[0].replaceChildren();
    try {
      readAddress();
    } catch {
      say("The address of this page is not one of ours. Choose a dataset.");
      Object.assign(state, { identity: "/", table: "", words: "", filters: [], sort: "", from: 0 });
    }
    try {
      await showChoice();
      if (!IDENTITY.test(state.identity)) {
        say("Choose a dataset and a publisher.");
        return;
      }
      const folder = `../datasets/${state.identity}/`;
      const about = await (await ask(`${folder}listing.json`, { cache: "no-cache" })).json();
      const files = about.distributions.filter((one) => one.format === "Parquet");
      const chosen = files.find((one) => one.resource === state.table) || files[0];
      listing = { about, file: chosen };
      file = new ParquetFile(`${folder}releases/${about.release.slice(0, 16)}/${encodeURIComponent(chosen.file)}`, chosen.bytes);
      view = null;
      viewOf = "";
      await file.open();
      byId("tools").hidden = false;
      byId("name").textContent = about.title;
      document.title = `${about.title} – Explore – London open data`;
      byId("table-choice").hidden = files.length < 2;
      chooseFrom(byId("table"), files.map((one) => [one.resource, one.title.replace(/ \(Parquet\)$/, "")]), chosen.resource);
      byId("links").replaceChildren(make("a", { href: `${folder}index.html`, textContent: "About these data, all files and the quality report" }));
      const named = titles();
      chooseFrom(byId("column"), file.names.map((name) => [name, named.get(name) || name]), file.names[0]);
      chooseFrom(byId("operator"), Object.entries(COMPARISONS), "contains");
      byId("words").value = state.words;
      state.filters = state.filters.filter(([name, operator]) => file.shape.has(name) && operator in COMPARISONS);
      await show();
    } catch (error) {
      say(error instanceof Problem ? error.message : `This dataset could not be opened: ${error.message}`);
    }
  };

  const move = (from) => { state.from = Math.max(0, from); return show(); };
  byId("first").addEventListener("click", () => move(0));
  byId("previous").addEventListener("click", () => move(state.from - ROWS));
  byId("next").addEventListener("click", () => move(state.from + ROWS));
  byId("last").addEventListener("click", () => move(total() - 1));
  byId("cancel").addEventListener("click", () => stop.abort());
  byId("jump").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = Number.parseInt(byId("number").value.replace(/\D/g, ""), 10);
    if (file && number) move(number - 1);
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!file) return;
    Object.assign(state, { words: byId("words").value.trim(), from: 0 });
    show();
  });
  byId("filter").addEventListener("submit", (event) => {
    event.preventDefault();
    const operator = byId("operator").value;
    const value = byId("value").value.trim();
    if (!file || (!value && !["empty", "filled"].includes(operator))) return;
    state.filters.push([byId("column").value, operator, value]);
    state.from = 0;
    byId("value").value = "";
    show();
  });
  byId("download").addEventListener("click", async () => {
    const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const rows = await rowsAt(0, total());
    const lines = [file.names, ...rows.map(([, values]) => values.map((value, index) => file.text(file.names[index], value)))];
    const blob = new Blob([lines.map((cells) => cells.map(quote).join(",")).join("\r\n"), "\r\n"], { type: "text/csv" });
    const link = make("a", { href: URL.createObjectURL(blob), download: `${state.identity.replace("/", "-")}-rows.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  byId("dataset").addEventListener("change", () => {
    const dataset = byId("dataset").value;
    const publishers = (city || []).filter((one) => one.dataset === dataset).map((one) => one.publisher);
    const same = publishers.includes(state.identity.split("/")[1]) ? state.identity.split("/")[1] : publishers[0];
    location.hash = dataset ? `#${dataset}/${same || ""}` : "";
  });
  byId("publisher").addEventListener("change", () => { location.hash = `#${byId("dataset").value}/${byId("publisher").value}`; });
  byId("table").addEventListener("change", () => { location.hash = `#${state.identity}/${byId("table").value}`; });
  // the link that skips the header changes the address, too
  addEventListener("hashchange", () => { if (location.hash !== "#content") open(); });
  open();
})();
