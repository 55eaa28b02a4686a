"""docker-compose.yml and Dockerfile agree with the program they run."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

from launcher import postgres
from launcher.home import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "minga"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
READ = re.compile(r"""env(?:iron)?\.?[a-z_]*[(\[.](?:get\()?\s*["']([A-Z][A-Z0-9_]+)["']""")


def variables_read() -> set[str]:
    """Names that settings, the launcher or the image's own start read from the environment."""
    files = [*(ROOT / "coordination" / "settings").glob("*.py"), *(ROOT / "launcher").glob("*.py")]
    names = {name for file in files for name in READ.findall(file.read_text())}
    return names | {"DATABASE_OWNER_URL"}


def words(command: list[str] | str) -> list[str]:
    return command if isinstance(command, list) else command.split()


def test_every_part_is_there_with_health_check_and_restart_policy() -> None:
    assert {"db", "redis", "web", "worker", "beat", "mail"} <= set(SERVICES)
    for name, service in SERVICES.items():
        if name == "migrate":
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name


def test_every_part_can_be_scaled() -> None:
    assert [name for name, service in SERVICES.items() if "container_name" in service] == []
    for name in ("web", "worker"):
        for port in SERVICES[name].get("ports", []):
            assert "-" in port.rsplit(":", 1)[0], f"{name} publishes one fixed port"


@pytest.mark.parametrize("name", sorted(OURS))
def test_commands_exist(name: str) -> None:
    command = words(OURS[name]["command"])
    if command[0] == "python":
        assert importlib.util.find_spec(command[2])
    elif command[0] == "celery":
        assert importlib.import_module(f"{command[command.index('-A') + 1]}.celery").app
    elif command[0] == "granian":
        module, _, attribute = next(word for word in command if ":" in word).partition(":")
        assert importlib.util.find_spec(module)
        assert attribute in (ROOT / f"{module.replace('.', '/')}.py").read_text()
    else:
        assert "python manage.py migrate" in command[-1]
        assert (ROOT / "manage.py").exists()


def test_every_variable_set_is_read_and_every_required_one_is_set() -> None:
    known = variables_read()
    for name, service in OURS.items():
        unread = set(service.get("environment", {})) - known
        assert not unread, f"{name} sets {unread}, which nothing reads"
    base = (ROOT / "coordination" / "settings" / "base.py").read_text()
    calls = re.findall(r'env\.\w+\("([A-Z_0-9]+)"\)', base)
    assert calls
    for name in ("web", "worker", "beat", "migrate"):
        assert set(calls) <= set(OURS[name]["environment"]), name


def test_variables_without_default_are_documented() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    documented = (ROOT / "docs" / "deploy.md").read_text()
    assert required
    assert {name for name in required if f"`{name}`" not in documented} == set()


def test_ports_agree() -> None:
    web = words(SERVICES["web"]["command"])
    port = web[web.index("--port") + 1]
    assert SERVICES["web"]["ports"][0].endswith(f":{port}")
    assert f"127.0.0.1:{port}/healthz/ready" in SERVICES["web"]["healthcheck"]["test"][-1]
    assert f"EXPOSE {port}" in DOCKERFILE
    mail = words(SERVICES["mail"]["command"])
    assert OURS["web"]["environment"]["EMAIL_URL"].endswith(f"smtp://mail:{mail[mail.index('--port') + 1]}}}")
    assert "127.0.0.1" in OURS["web"]["environment"]["MINGA_ALLOWED_HOSTS"], (
        "the health check calls by address"
    )


def test_volumes_and_files_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), source
    for source in re.findall(r"requirements/\S+\.lock", DOCKERFILE):
        assert Path(ROOT / source).is_file()


def test_the_image_runs_without_privileges_and_installs_by_hash() -> None:
    assert re.search(r"^USER (?!root)", DOCKERFILE, re.MULTILINE)
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_both_makers_of_roles_grant_the_same() -> None:
    def grants(text: str) -> set[str]:
        return {
            " ".join(found.split()) for found in re.findall(r"(?:GRANT|REVOKE|ALTER DEFAULT)[^;]+;", text)
        }

    assert grants((ROOT / "launcher" / "roles.sh").read_text()) == grants(postgres.ROLES + postgres.RIGHTS)
