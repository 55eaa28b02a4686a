// A file that is too large is told of before it travels. Without this file the server says the same, later.
(function () {
  "use strict";
  document.querySelectorAll("input[type=file][data-max-bytes]").forEach(function (field) {
    var hint = document.getElementById(field.id + "_helptext");
    field.addEventListener("change", function () {
      var large = Array.prototype.some.call(field.files, function (file) { return file.size > Number(field.dataset.maxBytes); });
      field.setCustomValidity(large && hint ? hint.textContent.trim() : "");
      if (large) field.reportValidity();
    });
    // A form that leaves validation to the server still does not send what it would refuse.
    if (field.form) field.form.addEventListener("submit", function (event) {
      if (!field.validity.customError) return;
      event.preventDefault();
      field.reportValidity();
      field.focus();
    }, true);
  });
})();
