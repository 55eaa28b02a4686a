# One image for web, worker, beat, migrations and the mail catcher.
FROM python:3.11-slim AS build
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /minga
COPY requirements/ requirements/
RUN python -m venv /minga/.venv \
 && /minga/.venv/bin/pip install --no-cache-dir --quiet --require-hashes -r requirements/bootstrap.lock \
 && /minga/.venv/bin/uv pip install --no-cache --quiet --python /minga/.venv/bin/python --require-hashes -r requirements/base.lock
COPY . .
# Compiling and collecting need settings, not services: the addresses lead nowhere on purpose.
RUN SECRET_KEY=build MINGA_LINK_KEY=build MINGA_STATIC_ROOT=/minga/staticfiles \
    DATABASE_URL=postgres://build@/build REDIS_URL=redis://127.0.0.1:9/0 EMAIL_URL=smtp://127.0.0.1:9 \
    sh -c '.venv/bin/python manage.py compile_catalogues && .venv/bin/python manage.py collectstatic --noinput --verbosity 0'

FROM python:3.11-slim
ENV PATH=/minga/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MINGA_HOME=/data \
    MINGA_MAIL_DIR=/mail \
    MINGA_STATIC_ROOT=/minga/staticfiles
RUN useradd --system --uid 10001 --home-dir /data minga \
 && install -d -o minga -g minga /data /mail
WORKDIR /minga
COPY --from=build /minga /minga
USER minga
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "coordination.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--respawn-failed-workers", "--blocking-threads", "8"]
