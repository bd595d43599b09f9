# syntax=docker/dockerfile:1
# One image for all of Nilometer's processes and for Airflow; docker-compose.yml says which runs where.

FROM python:3.12-slim AS build
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# What others made comes first: it changes less often than what we make.
COPY pyproject.toml uv.lock ./
COPY schemas/pyproject.toml schemas/
COPY producers/pyproject.toml producers/
COPY streams/pyproject.toml streams/
COPY warehouse/pyproject.toml warehouse/
COPY evaluation/pyproject.toml evaluation/
COPY console/pyproject.toml console/
RUN uv sync --frozen --no-dev --group container --no-install-workspace
COPY . .
RUN uv sync --frozen --no-dev --group container --no-editable

FROM python:3.12-slim
# State belongs to the user: volumes that are mounted here take over the owner.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/nilometer nilometer \
    && install -d -o nilometer -g nilometer -m 700 \
        /var/lib/nilometer /var/lib/nilometer/run /var/lib/nilometer/keys /var/lib/nilometer/gateway \
        /var/lib/nilometer/lake /var/lib/airflow
COPY --from=build /app/.venv /app/.venv
COPY dags /app/dags
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NILOMETER_HOME=/var/lib/nilometer \
    AIRFLOW_HOME=/var/lib/airflow
WORKDIR /var/lib/nilometer
USER 10001:10001
ENTRYPOINT []
CMD ["nilometer", "--help"]
