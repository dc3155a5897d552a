"""Report what this machine lacks and how to mend it (`footage doctor`)."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from worker import doctor as doctors
from worker.cli import show
from worker.cli.options import as_json
from worker.settings import load


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """检查这台机器能否工作 / what this machine has and lacks."""
    sick = False
    for check in doctors.examine(load()):
        sick |= check.needed and not check.ok
        if as_json:
            show.emit(asdict(check))
        else:
            mark = "[green]✓[/]" if check.ok else "[red]✗[/]" if check.needed else "[yellow]–[/]"
            show.out.print(f"{mark} {check.name:<18}", end="")
            show.out.print(check.said + (f"  → {check.mend}" if not check.ok else ""), markup=False)
    sys.exit(1 if sick else 0)
