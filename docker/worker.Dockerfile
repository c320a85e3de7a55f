# The worker: engine, networks' weights and OpenGL without a screen.
#   docker build -f docker/worker.Dockerfile --build-arg VARIANT=cuda -t amena/worker:0.1.0 .
#   docker build -f docker/worker.Dockerfile --build-arg VARIANT=cpu  -t amena/worker:0.1.0-cpu .
# With another depth model in it (docs/networks.md), pinned by its commit:
#   --build-arg DEPTH_MODEL=huggingface:OWNER/MODEL@COMMIT

#checkov:skip=CKV_DOCKER_7:The stages build on one of this file's own, base-cpu or base-cuda
ARG VARIANT=cuda

# CUDA comes in torch's own packages, so no CUDA base image is needed; the driver, its EGL among
# it, comes from the node through NVIDIA's container toolkit.
FROM python:3.11.14-slim-bookworm AS base
RUN useradd --uid 10001 --no-create-home --home-dir /tmp amena

FROM base AS base-cpu
# Mesa draws on the CPU. Debian's security updates must get in, so no versions here.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    libegl1 libegl-mesa0 libfontconfig1 libgl1 libgl1-mesa-dri libgles2 libseccomp2 tini \
  && rm -rf /var/lib/apt/lists/*

FROM base AS base-cuda
ENV NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=compute,graphics,utility,video \
  VISPY_GL_LIB=libOpenGL.so.0
# The driver brings all of OpenGL but its front. libgl1 would bring Mesa with LLVM too (200 MB), which
# nobody wants to draw on a node with a GPU: without it the engine sees that the driver's EGL failed.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends libegl1 libfontconfig1 libopengl0 libseccomp2 tini \
  && rm -rf /var/lib/apt/lists/*
# Tells the loader of NVIDIA's EGL, which older container toolkits mount without this line.
COPY docker/10_nvidia.json /usr/share/glvnd/egl_vendor.d/10_nvidia.json

# hadolint ignore=DL3006
FROM base-${VARIANT} AS build
ARG VARIANT
WORKDIR /build
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends binutils \
  && rm -rf /var/lib/apt/lists/*
COPY docker/install.sh docker/linked.py docker/
COPY requirements requirements
ARG DEPTH_MODEL=
RUN docker/install.sh worker /opt/amena "$VARIANT" "${DEPTH_MODEL%%:*}"
# hadolint ignore=DL3006
FROM build AS model
ARG DEPTH_MODEL=
ARG HF_ENDPOINT=https://huggingface.co
COPY docker/model.sh docker/
COPY amena amena
RUN docker/model.sh /opt/amena/bin/python /opt/models "$DEPTH_MODEL"

# hadolint ignore=DL3006
FROM base-${VARIANT}
# The heavy layer first: it changes only with the lock files, so a new version pulls a few megabytes.
COPY --from=build /opt/amena /opt/amena
COPY --from=model /opt/models /opt/models
COPY docker/worker-alive /usr/local/bin/worker-alive
COPY LICENSE NOTICE /app/
COPY manage.py /app/manage.py
COPY templates /app/templates
# With the weights in amena/engine/weights.
COPY amena /app/amena
WORKDIR /app
# Only /tmp is written to; the root file system may be read-only. DEPLOYED: no process starts on unsafe settings.
ENV PATH=/opt/amena/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEPLOYED=1 \
  XDG_CACHE_HOME=/tmp/cache DEPTH_MODELS=/opt/models HF_HUB_OFFLINE=1
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD ["worker-alive"]
# tini gathers what a killed child leaves behind and hands SIGTERM on.
ENTRYPOINT ["tini", "--"]
CMD ["celery", "-A", "amena", "worker", "--concurrency", "1", "--loglevel", "INFO"]
