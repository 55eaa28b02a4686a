// A row of the matrix opens as a form in its place. Without this file the same form is a page of its own.
(function () {
  "use strict";
  var table = document.querySelector("[data-matrix]");
  if (!table || !window.fetch) return;
  function part(url, options) {
    return fetch(url, Object.assign({ headers: { "X-Part": "row" }, credentials: "same-origin" }, options));
  }
  function close(holder, link) {
    holder.remove();
    if (link) { link.setAttribute("aria-expanded", "false"); link.focus(); }
  }
  function fill(holder, html) {
    var cell = holder.firstElementChild;
    cell.innerHTML = html;
    var wrong = cell.querySelector("[data-focus], [aria-invalid=true]") || cell.querySelector("textarea, select, input:not([type=hidden])");
    if (wrong) wrong.focus();
  }
  table.addEventListener("click", function (event) {
    var link = event.target.closest("[data-row-open]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.button) {
      event.preventDefault();
      var row = link.closest("tr"), next = row.nextElementSibling;
      if (next && next.classList.contains("m-matrix__form")) return close(next, link);
      part(link.href).then(function (answer) {
        if (!answer.ok || answer.redirected) throw answer;
        return answer.text();
      }).then(function (html) {
        var holder = document.createElement("tr"), cell = document.createElement("td");
        holder.className = "m-matrix__form";
        cell.colSpan = row.children.length;
        holder.appendChild(cell);
        row.after(holder);
        link.setAttribute("aria-expanded", "true");
        fill(holder, html);
      }).catch(function () { location.href = link.href; });
      return;
    }
    var leave = event.target.closest("[data-row-close]");
    if (leave) {
      event.preventDefault();
      var open = leave.closest("tr");
      close(open, open.previousElementSibling.querySelector("[data-row-open]"));
    }
  });
  table.addEventListener("keydown", function (event) {
    var open = event.target.closest(".m-matrix__form");
    if (event.key === "Escape" && open) close(open, open.previousElementSibling.querySelector("[data-row-open]"));
  });
  table.addEventListener("submit", function (event) {
    var form = event.target.closest("[data-row-form]");
    if (!form) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    var id = form.closest("tr").previousElementSibling.id;
    part(form.action, { method: "POST", body: new FormData(form), redirect: "manual" }).then(function (answer) {
      // Saved: the page as it is now, at the same row, with its message.
      if (answer.type === "opaqueredirect") { history.replaceState(null, "", "#" + id); location.reload(); return null; }
      if (answer.status !== 409 && answer.status !== 422) throw answer;
      return answer.text();
    }).then(function (html) {
      if (html !== null) fill(form.closest("tr"), html);
    }).catch(function () { delete form.dataset.busy; form.submit(); });
  }, true);
})();
