// The code on the wall changes every minute: its part of the page is fetched anew. Without this file the page reloads.
(function () {
  "use strict";
  function later() { setTimeout(renew, 5000); }
  function renew() {
    var part = document.querySelector("[data-wall]");
    if (!part) return;
    fetch(part.dataset.wall, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
      .then(function (html) { if (html) part.outerHTML = html; later(); }, later);
  }
  later();
})();
