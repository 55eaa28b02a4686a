"""What the launcher says, in Spanish by default and in English when the shell speaks it.

A table of its own: Django's catalogues are compiled later, by the very steps told here.
"""

import os

WORDS = {
    "usage": ("Uso: ./minga ORDEN", "Usage: ./minga COMMAND"),
    "about.demo": ("pone en marcha Minga con datos de ejemplo", "starts Minga with example data"),
    "about.up": ("pone en marcha Minga con sus propios datos", "starts Minga with your own data"),
    "about.test": ("ejecuta las pruebas", "runs the tests"),
    "about.check": ("revisa el código, los textos y los contratos", "checks code, texts and contracts"),
    "about.manage": ("pasa una orden a Django", "passes a command on to Django"),
    "variables": (
        "MINGA_HOME dice dónde viven los datos; MINGA_PORT, el puerto (8000).",
        "MINGA_HOME says where the data live; MINGA_PORT the port (8000).",
    ),
    "unknown": (
        "No existe la orden «{name}»; ./minga las muestra todas.",
        'There is no command "{name}"; ./minga lists them.',
    ),
    "done": ("listo", "done"),
    "environment": ("entorno de Python", "Python environment"),
    "environment.make": ("creando .venv", "creating .venv"),
    "environment.uv": ("obteniendo uv", "fetching uv"),
    "environment.install": ("instalando bibliotecas", "installing libraries"),
    "database": ("base de datos", "database"),
    "queue": ("cola de tareas", "task queue"),
    "catalogues": ("textos compilados", "texts compiled"),
    "static": ("estilos y guiones", "styles and scripts"),
    "migrate": ("tablas al día", "tables up to date"),
    "migrate.check": ("revisión de tablas", "check of the tables"),
    "load_taxonomies": ("datos de referencia", "reference data"),
    "load_demo": ("datos de ejemplo", "example data"),
    "first_administrator": ("primera administradora", "first administrator"),
    "logins": ("cuentas de ejemplo", "example logins"),
    "web": ("sitio", "site"),
    "ready": ("Minga está lista en {seconds} s: {url}", "Minga is ready after {seconds} s: {url}"),
    "login.email": ("correo electrónico", "e-mail"),
    "login.password": ("contraseña", "password"),
    "login.role": ("papel", "role"),
    "mail.kept": (
        "Los correos no salen de esta máquina: quedan en {place}.",
        "Mail does not leave this machine: it is kept in {place}.",
    ),
    "mail.plain": (
        "Sin EMAIL_URL ningún correo sale de esta máquina: todos quedan en {place}, también el código para entrar.",
        "Without EMAIL_URL no mail leaves this machine: all of it is kept in {place}, the sign-in code too.",
    ),
    "how.stop": (
        "Ctrl-C detiene todo; los datos quedan en {home}.",
        "Ctrl-C stops everything; the data stay in {home}.",
    ),
    "stopping": ("deteniendo", "stopping"),
    "stopped": (
        "Todo está detenido; los datos quedan en {home}.",
        "Everything has stopped; the data stay in {home}.",
    ),
    "died": ("terminó ({reason}); vuelve {after}{often}", "ended ({reason}), starts again {after}{often}"),
    "died.now": ("enseguida", "at once"),
    "died.after": ("en {delay} s", "in {delay} s"),
    "died.often": ("; van {times} veces en un minuto", ", {times} times in a minute"),
    "back": ("de nuevo en marcha", "running again"),
    "died.signal": ("señal {number}", "signal {number}"),
    "died.code": ("salida {number}", "exit {number}"),
    "no.lock": (
        "Falta {path}: recupere el archivo del repositorio y repita la orden.",
        "{path} is missing: restore the file from the repository and run the command again.",
    ),
    "no.venv": (
        "A este Python le falta el módulo {module}: instálelo (en Debian, «apt-get install python3-venv») y repita la orden.",
        'This Python lacks the module {module}: install it (on Debian, "apt-get install python3-venv") and run the command again.',
    ),
    "no.disk": (
        "Quedan {free} GB libres en {path} y hacen falta {need} GB: libere espacio y repita la orden.",
        "{path} has {free} GB free and {need} GB are needed: make room and run the command again.",
    ),
    "no.port": (
        "El puerto {port} ya está ocupado: cierre el otro programa o elija otro, por ejemplo MINGA_PORT={other} ./minga {command}.",
        "Port {port} is taken: close the other program or choose another, for example MINGA_PORT={other} ./minga {command}.",
    ),
    "bad.port": (
        "MINGA_PORT debe ser un número entre 1 y 65535, no «{port}».",
        'MINGA_PORT must be a number from 1 to 65535, not "{port}".',
    ),
    "no.install": (
        "No se pudieron instalar las bibliotecas ({reason}): revise la conexión y repita la orden; lo ya descargado se conserva.",
        "The libraries could not be installed ({reason}): check the connection and run the command again; what was fetched is kept.",
    ),
    "no.write": (
        "No se puede escribir en {path} ({reason}): elija otra carpeta con MINGA_HOME=/otra/carpeta.",
        "{path} cannot be written ({reason}): choose another folder with MINGA_HOME=/another/folder.",
    ),
    "no.user": (
        "No hay un usuario sin privilegios para la base de datos: cree uno con «useradd --system minga» y repita la orden.",
        'There is no unprivileged user for the database: create one with "useradd --system minga" and run the command again.',
    ),
    "no.major": (
        "Los datos de {path} son de PostgreSQL {major} y aquí no está esa versión: vuelva a la edición anterior de Minga o restaure un respaldo.",
        "The data in {path} belong to PostgreSQL {major}, which is not here: go back to the earlier edition of Minga or restore a backup.",
    ),
    "no.platform": (
        "No hay PostgreSQL y Redis incluidos para esta máquina: use DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL y EMAIL_URL con ./minga up.",
        "There are no embedded PostgreSQL and Redis for this machine: use DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL and EMAIL_URL with ./minga up.",
    ),
    "busy": (
        "Minga ya está en marcha con los datos de {home} (proceso {pid}): deténgala con Ctrl-C o elija otra carpeta con MINGA_HOME.",
        "Minga is already running on the data in {home} (process {pid}): stop it with Ctrl-C or choose another folder with MINGA_HOME.",
    ),
    "other.kind": (
        "Los datos de {home} son de «./minga {kind}»: use esa orden o elija otra carpeta con MINGA_HOME.",
        'The data in {home} belong to "./minga {kind}": use that command or choose another folder with MINGA_HOME.',
    ),
    "step.failed": (
        "No se completó «{step}»: el detalle está en {log}.",
        '"{step}" did not finish: see {log} for the details.',
    ),
    "not.ready": (
        "«{name}» no respondió en {seconds} s: el detalle está en {log}.",
        '"{name}" did not answer within {seconds} s: see {log} for the details.',
    ),
    "mixture": (
        "Falta {names}: defina las cuatro (DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, EMAIL_URL) o solo EMAIL_URL o ninguna.",
        "{names} missing: set all four (DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, EMAIL_URL), or only EMAIL_URL, or none.",
    ),
    "ask.admin": ("Correo de la primera persona administradora: ", "E-mail of the first administrator: "),
    "no.admin": (
        "Falta el correo de la primera persona administradora: MINGA_ADMIN_EMAIL=nombre@institucion ./minga up.",
        "The first administrator's e-mail is missing: MINGA_ADMIN_EMAIL=name@institution ./minga up.",
    ),
    "check.title": ("revisión", "check"),
    "check.ok": ("bien", "passed"),
    "check.bad": ("FALLA", "FAILED"),
    "interrupted": ("Interrumpido; nada se perdió.", "Interrupted; nothing was lost."),
}


def english() -> bool:
    """Says whether the shell asks for English: the first of LC_ALL, LC_MESSAGES, LANG that is set decides."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name].lower().startswith("en")
    return False


def say(key: str, **values: object) -> str:
    """Gives the sentence `key` in the reader's language."""
    return WORDS[key][english()].format(**values)


class Refusal(Exception):
    """One sentence that says what happened and what to do; the launcher prints it and ends with 1."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(say(key, **values))
