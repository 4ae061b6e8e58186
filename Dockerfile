FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
# python-sat may have to be compiled; the compiler stays behind in this stage.
RUN apt-get update && apt-get install -y --no-install-recommends g++ make patch zlib1g-dev \
    && python -m venv /packages \
    && /packages/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/packages/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=packages /packages /packages
WORKDIR /site
COPY manage.py gunicorn.conf.py ./
COPY cramps cramps
COPY guidance guidance
COPY templates templates
COPY static static
COPY fixtures fixtures
# The key is for this one command: the image holds none, and a start without SECRET_KEY stops.
RUN SECRET_KEY=for-collecting-files-only ALLOWED_HOSTS=none python manage.py collectstatic --noinput --verbosity 0

# Nothing here belongs to this user, so the site can change nothing of itself; it needs /tmp alone.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-m", "cramps.alive"]
CMD ["gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--bind", "0.0.0.0:8000", \
     "--access-logfile", "-", "--worker-tmp-dir", "/dev/shm", "cramps.wsgi"]
