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
    "about.faults": (
        "provoca fallas mientras salen 10 000 mensajes y dice si algo se perdió",
        "provokes faults while 10,000 messages go out and says whether anything was lost",
    ),
    "about.backup": (
        "guarda la base de datos y los archivos en un archivo; con --keys, las claves aparte",
        "keeps the database and the files in one archive; with --keys, the keys apart",
    ),
    "about.restore": (
        "repone un respaldo; no sale ningún correo hasta que alguien lo libere",
        "puts a backup back; no mail leaves until somebody releases it",
    ),
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
    "backup.usage": (
        "Uso: ./minga backup [ARCHIVO] o ./minga backup --keys ARCHIVO.",
        "Usage: ./minga backup [FILE] or ./minga backup --keys FILE.",
    ),
    "backup.done": (
        "Respaldo completo en {path} ({size} MB, {files} archivos además de la base).",
        "Backup complete in {path} ({size} MB, {files} files besides the database).",
    ),
    "backup.keys": (
        "Las claves no van dentro, para que quien encuentre el respaldo no pueda firmar enlaces ni sesiones; guárdelas aparte con ./minga backup --keys ARCHIVO.",
        "The keys are not in it, so that whoever finds the backup cannot sign links or sessions; keep them apart with ./minga backup --keys FILE.",
    ),
    "keys.done": (
        "Claves guardadas en {path}: no las deje junto a los respaldos, porque con ellas se firman enlaces y sesiones.",
        "Keys kept in {path}: do not leave them beside the backups, for links and sessions are signed with them.",
    ),
    "keys.unread": (
        "{path} no es un archivo de claves de Minga; no se cambió nada.",
        "{path} is not a file of keys of Minga; nothing was changed.",
    ),
    "backup.exists": (
        "Ya existe {path}: elija otro nombre; un respaldo no reemplaza a otro.",
        "{path} exists already: choose another name; a backup does not replace another.",
    ),
    "backup.no.folder": (
        "No existe la carpeta {path}: créela y repita la orden.",
        "There is no folder {path}: create it and run the command again.",
    ),
    "backup.no.write": (
        "No se pudo escribir {path} ({reason}); no quedó ningún respaldo a medias.",
        "{path} could not be written ({reason}); no half backup was left.",
    ),
    "backup.nothing": (
        "En {home} todavía no hay datos que respaldar.",
        "There are no data in {home} to back up yet.",
    ),
    "disk.full": (
        "El disco de {path} está lleno; no quedó nada a medias y los datos siguen como estaban. Libere espacio y repita la orden.",
        "The disk of {path} is full; nothing half done was left and the data are as they were. Make room and run the command again.",
    ),
    "archive.unread": ("No se puede leer {path} ({reason}).", "{path} cannot be read ({reason})."),
    "archive.other": (
        "{path} no es un respaldo de Minga; no se cambió nada.",
        "{path} is not a backup of Minga; nothing was changed.",
    ),
    "archive.damaged": (
        "{path} está incompleto o dañado; no se cambió nada. Use otro respaldo.",
        "{path} is incomplete or damaged; nothing was changed. Use another backup.",
    ),
    "archive.newer": (
        "El respaldo es de una edición más nueva de Minga ({version}); no se cambió nada. Actualice Minga y repita la orden.",
        "The backup is of a newer edition of Minga ({version}); nothing was changed. Update Minga and run the command again.",
    ),
    "archive.database": (
        "El respaldo es de PostgreSQL {theirs} y aquí está {ours}; no se cambió nada. Actualice PostgreSQL y repita la orden.",
        "The backup is of PostgreSQL {theirs} and here is {ours}; nothing was changed. Update PostgreSQL and run the command again.",
    ),
    "database.failed": (
        "La base de datos no pudo ({reason}); los datos siguen como estaban. El detalle está en {log}.",
        "The database could not ({reason}); the data are as they were. See {log} for the details.",
    ),
    "database.busy": (
        "Hay quien usa la base «{database}»; no se cambió nada. Detenga el sitio y los trabajadores y repita la orden.",
        'Somebody is using the database "{database}"; nothing was changed. Stop the site and the workers and run the command again.',
    ),
    "no.createdb": (
        "El rol {role} no puede crear bases de datos; no se cambió nada. Dele ese permiso mientras restaura: ALTER ROLE {role} CREATEDB.",
        "The role {role} may not create databases; nothing was changed. Give it that right while restoring: ALTER ROLE {role} CREATEDB.",
    ),
    "no.clients": (
        "Faltan psql, pg_dump y pg_restore: instale los programas cliente de PostgreSQL y repita la orden.",
        "psql, pg_dump and pg_restore are missing: install PostgreSQL's client programs and run the command again.",
    ),
    "other.clients": (
        "El servidor es PostgreSQL {server} y aquí hay programas cliente de la versión {found}: instale los de la {server}.",
        "The server is PostgreSQL {server} and the client programs here are of version {found}: install those of {server}.",
    ),
    "restore.usage": (
        "Uso: ./minga restore ARCHIVO [--replace] [--keys ARCHIVO_DE_CLAVES].",
        "Usage: ./minga restore FILE [--replace] [--keys FILE_OF_KEYS].",
    ),
    "restore.data": (
        "Aquí ya hay datos ({lost}); no se cambió nada. Para reemplazarlos por el respaldo agregue --replace.",
        "There are data here already ({lost}); nothing was changed. To replace them by the backup add --replace.",
    ),
    "restore.lost": (
        "Se perderá lo que hay aquí: {lost}.",
        "What is here will be lost: {lost}.",
    ),
    "restore.ask": ("Escriba «reemplazar» para seguir: ", 'Write "replace" to go on: '),
    "restore.word": ("reemplazar", "replace"),
    "restore.refused": ("No se cambió nada.", "Nothing was changed."),
    "restore.filling": ("Reponiendo el respaldo del {date}…", "Putting back the backup of {date}…"),
    "restore.disk": (
        "No se pudo escribir en {path} ({reason}); los datos siguen como estaban.",
        "{path} could not be written ({reason}); the data are as they were.",
    ),
    "restore.done": (
        "Repuesto el respaldo del {date}. Inicie Minga como siempre.",
        "The backup of {date} is back. Start Minga as usual.",
    ),
    "restore.held": (
        "La copia está retenida: no sale ningún aviso hasta que una persona administradora lo libere en /mensajes/retencion/ o con ./minga manage hold --release.",
        "The copy is held: no message leaves until an administrator releases it at /mensajes/retencion/ or with ./minga manage hold --release.",
    ),
    "restore.keys": (
        "Se conservan las claves de esta máquina; si eran otras, los enlaces ya enviados no valen: repóngalas con --keys.",
        "The keys of this machine stay; if they were others, links already sent are void: put them back with --keys.",
    ),
    "lost.files": ("archivos: {n}", "files: {n}"),
    "lost.users": ("cuentas: {n}", "accounts: {n}"),
    "lost.mesas": ("mesas: {n}", "mesas: {n}"),
    "lost.sessions": ("sesiones: {n}", "sessions: {n}"),
    "lost.commitments": ("compromisos: {n}", "commitments: {n}"),
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
