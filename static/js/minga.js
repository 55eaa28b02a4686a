// Small comforts. Every page works without this file.
(function () {
  "use strict";
  // What is hidden because it needs a script shows itself.
  document.querySelectorAll("[data-theme-toggle], [data-dismiss], [data-copy]").forEach(function (el) { el.hidden = false; });

  // The error summary takes focus, and its links go to the control, not only to its place on the page.
  var summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
  document.addEventListener("click", function (event) {
    var link = event.target.closest(".m-errors a[href^='#']");
    if (link) {
      var control = document.getElementById(link.getAttribute("href").slice(1));
      if (control) { event.preventDefault(); control.focus(); control.scrollIntoView({ block: "center" }); }
      return;
    }
    var close = event.target.closest("[data-dismiss]");
    if (close) close.closest("[data-toast]").remove();
    // A menu closes when the person goes elsewhere.
    document.querySelectorAll("details.m-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.m-menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A ready text goes to the clipboard; where that is not allowed it is selected, for the person to copy.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var field = document.getElementById(button.dataset.copy), said = button.lastChild;
    function done() {
      var before = said.textContent;
      button.setAttribute("aria-live", "polite");
      said.textContent = button.dataset.done;
      setTimeout(function () { said.textContent = before; }, 3000);
    }
    function select() { field.focus(); field.select(); if (document.execCommand("copy")) done(); }
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(done, select); else select();
  });

  // A second click sends nothing twice. The button keeps its focus and its name and value: aria-disabled, not disabled.
  // A form whose answer is a file stays on its page: it says data-again.
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (button) button.setAttribute("aria-disabled", "true");
  });
  // Coming back with the browser's button finds a form that works.
  addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-disabled]").forEach(function (b) { b.removeAttribute("aria-disabled"); });
    });
  });
})();
