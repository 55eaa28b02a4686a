import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from coordination.taxonomies import loader
from coordination.taxonomies.models import Canton, GcmObjective, Province, Sector, SectorType, ThematicAxis

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "Province": 24,
    "Canton": 221,
    "Sector": 7,
    "SectorType": 14,
    "ThematicAxis": 14,
    "GcmObjective": 23,
    "GcmPrinciple": 10,
    "Sdg": 17,
    "SdgTarget": 9,
    "DevelopmentSector": 21,
    "Holiday": 418,
}


def test_load_brings_every_list_whole() -> None:
    assert loader.load() == EVERYTHING


def test_load_twice_changes_nothing() -> None:
    loader.load()
    before = list(Canton.objects.values_list("id", "code", "name"))
    assert loader.load() == EVERYTHING
    assert list(Canton.objects.values_list("id", "code", "name")) == before


def test_what_an_administrator_changed_stays_until_refreshed() -> None:
    loader.load()
    ThematicAxis.objects.filter(code="health").update(name_es="Salud de todas las personas")
    axis = ThematicAxis.objects.get(code="health")
    axis.gcm_objectives.clear()
    loader.load()
    axis = ThematicAxis.objects.get(code="health")
    assert axis.name_es == "Salud de todas las personas"
    assert axis.gcm_objectives.count() == 0
    loader.load(refresh=True)
    axis = ThematicAxis.objects.get(code="health")
    assert axis.name_es == "Salud y nutrición"
    assert [objective.code for objective in axis.gcm_objectives.all()] == ["GCM-15"]


def test_load_never_deletes() -> None:
    loader.load()
    Province.objects.create(code="99", name="Zona no delimitada")
    loader.load(refresh=True)
    assert Province.objects.filter(code="99").exists()


def test_every_type_of_organization_has_its_sector() -> None:
    loader.load()
    assert SectorType.objects.get(code="citizen_council").sector.code == "civil_society"
    assert set(SectorType.objects.values_list("sector__code", flat=True)) == set(
        Sector.objects.values_list("code", flat=True)
    )


def test_every_term_has_both_languages() -> None:
    loader.load()
    for model in (Sector, SectorType, ThematicAxis, GcmObjective):
        assert not model.objects.filter(name_es="").exists()
        assert not model.objects.filter(name_en__isnull=True).exists()


def test_huaquillas_is_where_inec_says() -> None:
    loader.load()
    canton = Canton.objects.get(name="Huaquillas")
    assert (canton.code, canton.province.iso_code, canton.province.planning_zone) == ("0707", "EC-O", 7)


def test_a_broken_file_loads_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(loader.DATA, folder)
    (folder / "thematic_axes.json").write_text('{"axes": [{"code": ')
    with pytest.raises(ValueError, match=r"thematic_axes\.json: line 1"):
        loader.load(folder=folder)
    assert not Province.objects.exists()


def test_an_axis_of_an_unknown_objective_loads_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(loader.DATA, folder)
    file = json.loads((folder / "thematic_axes.json").read_text())
    file["axes"][0]["gcm_objectives"] = ["GCM-99"]
    (folder / "thematic_axes.json").write_text(json.dumps(file))
    with pytest.raises(KeyError):
        loader.load(folder=folder)
    assert not ThematicAxis.objects.exists()


def test_the_command_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_taxonomies")
    assert "Province 24, Canton 221" in capsys.readouterr().out


def test_the_command_names_the_broken_file(tmp_path: Path) -> None:
    (tmp_path / "provinces.json").write_text("{]")
    with pytest.raises(CommandError, match=r"nothing was loaded: provinces\.json: line 1"):
        call_command("load_taxonomies", folder=tmp_path)
