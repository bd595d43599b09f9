.PHONY: help install check test generate secrets
.DEFAULT_GOAL := help

help: ## What there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: ## Everything that development needs, into .venv
	uv sync

check: ## Formatting, lint, types, and who imports whom
	uv run ruff format --check
	uv run ruff check
	uv run pyright
	uv run lint-imports

test: ## All tests that can run here
	uv run pytest

generate: ## The published schemas, from the types
	uv run python -m nilometer.schemas.generate

secrets: .secrets ## Passwords and keys for docker-compose.yml, once, under .secrets/

# The folder is its owner's only; the files in it are readable, for the user in the containers is another one.
.secrets:
	umask 077 && mkdir .secrets.new
	openssl rand -hex 24 | tr -d '\n' > .secrets.new/catalog_password
	printf 'postgresql+psycopg2://nilometer:%s@postgres/airflow' "$$(cat .secrets.new/catalog_password)" \
		> .secrets.new/airflow_connection
	openssl rand 32 | base64 | tr '+/' '-_' | tr -d '\n' > .secrets.new/airflow_fernet_key
	openssl rand -hex 32 | tr -d '\n' > .secrets.new/airflow_api_key
	openssl rand -hex 32 | tr -d '\n' > .secrets.new/airflow_jwt_key
	touch .secrets.new/webhooks .secrets.new/forward_headers
	chmod 644 .secrets.new/*
	mv .secrets.new .secrets
