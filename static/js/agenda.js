// Items of the agenda can be dragged to another place. Everything works with their buttons too, and without this file.
(function () {
  "use strict";
  var list = document.querySelector("[data-drag-list]");
  if (!list) return;
  var dragged = null;
  function rows() { return list.querySelectorAll("[data-drag]"); }
  function clear() { list.querySelectorAll(".is-over").forEach(function (row) { row.classList.remove("is-over"); }); }
  rows().forEach(function (row) {
    // A text of the row can still be marked and its buttons pressed: only the handle drags.
    var handle = document.createElement("span");
    handle.className = "m-drag";
    handle.title = list.dataset.dragList;
    handle.setAttribute("aria-hidden", "true");
    handle.draggable = true;
    handle.addEventListener("dragstart", function (event) {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.drag);
      event.dataTransfer.setDragImage(row, 0, 0);
    });
    handle.addEventListener("dragend", function () { dragged = null; clear(); });
    row.appendChild(handle);
  });
  list.addEventListener("dragover", function (event) {
    if (!dragged) return;
    event.preventDefault();
    clear();
    var row = event.target.closest("[data-drag]");
    if (row) row.classList.add("is-over");
  });
  list.addEventListener("drop", function (event) {
    if (!dragged) return;
    event.preventDefault();
    var row = event.target.closest("[data-drag]"), form = dragged.querySelector("form[action$='/mover/']");
    if (row === dragged || !form) return;
    // Dropped on its lower half, it comes after that item; after the last one, at the end.
    var box = row && row.getBoundingClientRect(), next = row;
    if (row && event.clientY > box.top + box.height / 2) {
      next = row.nextElementSibling;
      while (next && !next.dataset.drag) next = next.nextElementSibling;
    }
    form.querySelector("[name=to]").value = next ? next.dataset.drag : "end";
    form.requestSubmit ? form.requestSubmit() : form.submit();
  });
})();
