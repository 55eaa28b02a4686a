// A row of the matrix opens as a form in its place. Without this file the same form is a page of its own.
(function () {
  "use strict";
  var table = document.querySelector("[data-matrix]");
  if (!table || !window.fetch) return;
  var leaving = false;
  function part(url, options) {
    return fetch(url, Object.assign({ headers: { "X-Part": "row" }, credentials: "same-origin" }, options));
  }
  // Written and not saved: of a form that came back with errors everything is.
  function written(holder) {
    if (holder.dataset.written) return true;
    return Array.prototype.some.call(holder.querySelectorAll("textarea, select, input:not([type=hidden])"), function (field) {
      if (field.options) return Array.prototype.some.call(field.options, function (one) { return one.selected !== one.defaultSelected; });
      return field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    });
  }
  function others(but) {
    return Array.prototype.filter.call(table.querySelectorAll(".m-matrix__form"), function (one) { return one !== but && written(one); });
  }
  // What was written stays under its row until it is saved or the page is left.
  function close(holder, link) {
    if (written(holder)) holder.hidden = true; else holder.remove();
    if (link) { link.setAttribute("aria-expanded", "false"); link.focus(); }
  }
  function fill(holder, html) {
    var cell = holder.firstElementChild;
    cell.innerHTML = html;
    var wrong = cell.querySelector("[data-focus], [aria-invalid=true]") || cell.querySelector("textarea, select, input:not([type=hidden])");
    if (wrong) wrong.focus();
  }
  function reload(id) {
    try { sessionStorage.setItem("minga-row", id); } catch { /* then the focus starts at the top */ }
    history.replaceState(null, "", "#" + id);
    location.reload();
  }
  function saved(holder, id) {
    if (!others(holder).length) { delete holder.dataset.written; holder.remove(); return reload(id); }
    // Another row holds words that are not saved: only this one is read anew, with the message that it was saved.
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) { return answer.text(); }).then(function (html) {
      var page = new DOMParser().parseFromString(html, "text/html"), row = page.getElementById(id), there = document.getElementById(id);
      var told = page.querySelector(".m-messages"), place = document.querySelector("main");
      holder.remove();
      if (row && there) there.replaceWith(row);
      if (told && place) place.prepend(told);
      var link = (row || there).querySelector("[data-row-open]");
      if (link) link.focus();
    });
  }
  // The row that was saved before this page was read anew has the focus again.
  (function () {
    var id = null;
    try { id = sessionStorage.getItem("minga-row"); sessionStorage.removeItem("minga-row"); } catch { return; }
    var row = id && document.getElementById(id), link = row && row.querySelector("[data-row-open]");
    if (link) link.focus();
  })();
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && others(null).length) event.preventDefault();
  });
  table.addEventListener("click", function (event) {
    var link = event.target.closest("[data-row-open]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.button) {
      event.preventDefault();
      var row = link.closest("tr"), next = row.nextElementSibling;
      if (next && next.classList.contains("m-matrix__form")) {
        if (!next.hidden) return close(next, link);
        next.hidden = false;
        link.setAttribute("aria-expanded", "true");
        next.querySelector("textarea, select, input:not([type=hidden])").focus();
        return;
      }
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
      if (answer.type === "opaqueredirect") { saved(form.closest("tr"), id); return null; }
      if (answer.status !== 409 && answer.status !== 422) throw answer;
      return answer.text();
    }).then(function (html) {
      if (html === null) return;
      form.closest("tr").dataset.written = "1";
      fill(form.closest("tr"), html);
    }).catch(function () { delete form.dataset.busy; leaving = !others(form.closest("tr")).length; form.submit(); });
  }, true);
})();
