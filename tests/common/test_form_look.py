"""Every form gets label, hint, message and their ties from Django's own renderer with our templates."""

import re

from django import forms
from django.template import Context, Template
from django.utils import translation

from coordination.common.forms import DateInput, TimeInput


class Sample(forms.Form):
    name = forms.CharField(label="Nombre", help_text="Como en la carta.")
    due_on = forms.DateField(label="Plazo", widget=DateInput)
    opens = forms.TimeField(label="Abre", widget=TimeInput, required=False)
    level = forms.ChoiceField(label="Nivel", choices=[("a", "Nacional")])
    mode = forms.ChoiceField(
        label="Modalidad", choices=[("p", "Presencial"), ("v", "Virtual")], widget=forms.RadioSelect
    )
    mode.consequences = {"p": "Con puerta y hoja de firmas"}  # type: ignore[attr-defined]
    agree = forms.BooleanField(label="Acepto", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


def render(form: forms.Form, text: str = "{{ form }}") -> str:
    with translation.override("es"):
        return Template(text).render(Context({"form": form}))


def test_each_control_has_its_class_and_label():
    page = render(Sample())
    assert re.search(r'<input type="text" name="name"[^>]*class="form-control"', page)
    assert re.search(r'<input type="date" name="due_on"[^>]*class="form-control"', page)
    assert re.search(r'<input type="time" name="opens"[^>]*class="form-control"', page)
    assert re.search(r'<select name="level"[^>]*class="form-select"', page)
    assert page.count('class="m-choice"') == 3
    assert '<label for="id_name">Nombre</label>' in page
    assert page.count('type="hidden"') == 1
    assert "form-control" not in re.search(r"<input[^>]*hidden[^>]*>", page)[0]


def test_only_the_exception_is_marked_optional():
    assert render(Sample()).count("m-optional") == 1


def test_a_choice_can_say_its_consequence():
    assert "<small>Con puerta y hoja de firmas</small>" in render(Sample())


def test_a_wrong_field_is_tied_to_its_message_and_hint():
    page = render(Sample({"version": "1"}))
    control = re.search(r'<input type="text" name="name"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in control
    assert 'aria-describedby="id_name_helptext id_name_error"' in control
    assert 'id="id_name_error"' in page
    assert 'id="id_name_helptext"' in page


def test_the_summary_names_each_problem_once_and_links_to_its_control():
    page = render(Sample({"version": "1"}), "{% form_problems form as p %}{{ p.rows|length }}{{ form }}")
    assert page.startswith("4")
    assert 'class="m-errors"' not in page
    page = render(Sample({"version": "1"}))
    assert page.count('class="m-errors"') == 1
    assert 'href="#id_name"' in page
    assert 'href="#id_mode_0"' in page
    assert 'id="id_mode_0"' in page


def test_a_clean_form_has_no_summary():
    assert "m-errors" not in render(Sample())


def test_a_refusal_of_the_whole_form_stands_on_top():
    form = Sample({"name": "a", "due_on": "2026-12-01", "level": "a", "mode": "p", "version": "1"})
    form.add_error(None, "Otra persona guardó antes.")
    page = render(form)
    assert "Otra persona guardó antes." in page
    assert "is-wrong" not in page
