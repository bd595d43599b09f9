"""The `nilometer` command: one module per group of commands."""

from nilometer.console.cli.app import main

__all__ = ["main"]
