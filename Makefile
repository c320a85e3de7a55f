# make run     the whole service on this machine, PORT=8000 unless another is given; with another
#              depth model: make run DEPTH=huggingface:depth-anything/Depth-Anything-V2-Small-hf
# make check   the quick loop: style, types, contracts, the tests that need no service
# make test    everything the tests need, then all checks and tests
# make coverage all tests, and how much of the code they run; slower than make test
# make check-infra  images, chart, Terraform and workflows, as far as one machine can check them
# make check-images  web and worker built from their Dockerfiles and run, as root, without Docker
# make check-splats  files of Gaussian splats, read by a program from npm
# make check-webkit  the pages in WebKit, as Safari has them
# make check-bare    the README on a bare Debian 12, as root
# make photo   one photo without the service: make photo IN=photo.jpg OUT=folder
# make screens pictures of every page, docs/screens/, taken anew
# make openapi the API's description, docs/openapi.yaml, written anew from the code
# make tables  what was tried and what held, in docs/security.md and docs/reliability.md, from the tests

PORT ?= 8000
PYTHON := .venv/bin/python
# The extra packages that an estimator needs: huggingface, onnx or none.
package_of = $(filter huggingface onnx,$(firstword $(subst :, ,$(1))))

.PHONY: run check test coverage photo openapi tables screens check-infra check-images check-webkit check-bare

run:
	@scripts/bootstrap.sh local $(call package_of,$(DEPTH))
	@DEPTH_ESTIMATOR="$${DEPTH:-$$DEPTH_ESTIMATOR}" exec $(PYTHON) -m amena.local --port "$(PORT)"

check:
	@scripts/bootstrap.sh dev
	@scripts/check.sh quick

test:
	@scripts/bootstrap.sh dev
	@scripts/check.sh

coverage:
	@scripts/bootstrap.sh dev
	@scripts/check.sh coverage

# Further options of the engine: SIZE=1920, MOTION=swing and so on; any other by ARGS="--quiet".
photo_options = DEPTH ESTIMATOR MOTION EASING DURATION FPS SIZE AMPLITUDE FOCUS SHAPE OUTPUTS
lower = $(shell echo $(1) | tr A-Z a-z)

# Passed by the environment, so that names with spaces or quotes arrive as they are.
export IN OUT $(photo_options)
photo:
	@test -n "$$IN" -a -n "$$OUT" || { echo "Say which photo and where to: make photo IN=photo.jpg OUT=folder" >&2; exit 2; }
	@scripts/bootstrap.sh engine $(call package_of,$(ESTIMATOR))
	@exec $(PYTHON) -m amena.engine "$$IN" --out "$$OUT" \
	  $(foreach option,$(photo_options),$(if $($(option)),--$(call lower,$(option)) "$$$(option)")) $(ARGS)

check-infra:
	@scripts/check-infra.sh

check-images:
	@scripts/check-images.sh

check-splats:
	@scripts/bootstrap.sh dev
	@scripts/check-splats.sh

check-webkit:
	@scripts/bootstrap.sh dev
	@scripts/check-webkit.sh

check-bare:
	@scripts/check-bare.sh

openapi:
	@scripts/bootstrap.sh dev
	@SECRET_KEY=none SQS_QUEUE_URL=none $(PYTHON) manage.py spectacular --validate --fail-on-warn \
	  --file docs/openapi.yaml

tables:
	@scripts/bootstrap.sh dev
	@$(PYTHON) -m tests.tables

screens:
	@scripts/bootstrap.sh dev
	@$(PYTHON) scripts/screens.py
