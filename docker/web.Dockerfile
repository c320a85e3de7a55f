# The web process and the management commands: Django without torch, OpenCV or vispy.
#   docker build -f docker/web.Dockerfile -t amena/web:0.1.0 .

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /build
COPY docker/install.sh docker/static.sh docker/
COPY requirements requirements
RUN docker/install.sh web /opt/amena
COPY gunicorn.conf.py manage.py pyproject.toml ./
COPY amena amena
COPY templates templates
COPY locale locale
COPY static static
RUN docker/static.sh /opt/amena

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /tmp amena
# Takes system calls from what reads strangers' files. Debian's security updates must get in, so no version here.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libseccomp2 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/amena /opt/amena
COPY LICENSE NOTICE /app/
COPY --from=build /build/manage.py /build/gunicorn.conf.py /app/
COPY --from=build /build/amena /app/amena
COPY --from=build /build/templates /app/templates
COPY --from=build /build/locale /app/locale
COPY --from=build /build/staticfiles /app/staticfiles
COPY --from=build /build/static /app/static
WORKDIR /app
# Only /tmp is written to; the root file system may be read-only. DEPLOYED: no process starts on unsafe settings.
ENV PATH=/opt/amena/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEPLOYED=1
USER 10001:10001
EXPOSE 8000
# For Docker alone; Kubernetes has its own probes.
HEALTHCHECK --interval=20s --timeout=5s --start-period=20s CMD \
  ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Processes by WEB_CONCURRENCY. Heartbeats in memory: /tmp may be a slow disk.
CMD ["gunicorn", "amena.wsgi", "--bind", "0.0.0.0:8000", "--threads", "8", \
  "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--graceful-timeout", "300"]
