// Makes pages nicer that work without it: a file can be dropped, and progress is shown as it goes on.
"use strict";

const drop = document.getElementById("drop");
if (drop) {
  const input = document.getElementById("file");
  const form = input.form;
  drop.querySelector(".drop-hint").hidden = false;
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.focus();
    }
  });
  // a file that is too large is refused before it is sent
  input.addEventListener("change", () => {
    const file = input.files[0];
    const largest = Number(form.dataset.largest) * 2 ** 20;
    const words = `This file is larger than the ${form.dataset.largest} MiB that the desk takes.`;
    input.setCustomValidity(file && file.size > largest ? words : "");
    input.reportValidity();
  });
}

const progress = document.getElementById("progress");
if (progress) {
  document.getElementById("look").hidden = true;
  let shown = "";
  const look = async () => {
    try {
      const answer = await fetch(progress.dataset.progress);
      if (!answer.ok) throw new Error();
      const found = await answer.json();
      if (found.over) {
        location.replace(location.pathname);
        return;
      }
      // the text comes from our own template, which escapes what is in it
      if (found.stages !== shown) {
        progress.innerHTML = found.stages;
        shown = found.stages;
      }
    } catch {
      document.getElementById("look").hidden = false;
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}
