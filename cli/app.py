"""The parts of the `symposium` command, and how arguments find theirs."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from symposium.cli import ask, bench, config, doctor, graphs, init, models, plan, runs
from symposium.cli.terminal import forgiving
from symposium.ledger.records import UsageError, nearest

NAME = "symposium"


class Commands(TyperGroup):
    """A group that names the nearest command when one is unknown."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # Any: typer's own types have no public name
        """Find the command."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise UsageError(_unknown(name, self.commands, within=ctx.command_path))
        return super().resolve_command(ctx, args)


class Grouped(TyperCommand):
    """A command whose help lists the options under their headings, in the order in which these first come."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        headed: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            heading = getattr(param, "rich_help_panel", None) or f"{param.param_type_name.capitalize()}s"
            if record := param.get_help_record(ctx):
                headed.setdefault(heading, []).append(record)
        for heading, records in headed.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def _unknown(name: str, known: Any, *, within: str) -> str:
    if " " in name.strip():
        return f'unknown command "{name[:40]}"; to put a question: {NAME} ask "..."'
    return f"unknown command '{name}' of '{within}'; {nearest(name, known)}"


def _group(help: str) -> typer.Typer:
    """Plain help without rich: it is instant and holds no escape byte."""
    return typer.Typer(
        cls=Commands,
        help=help,
        add_completion=False,
        rich_markup_mode=None,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"{NAME} {version(NAME)}")
        raise typer.Exit


def _opening(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


app = _group("Several language models answer one question together.")


@app.callback()
def _first(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    _opening(context)


app.command("ask", help=ask.HELP, cls=Grouped)(ask.ask)
app.command("plan", help=plan.HELP, cls=Grouped)(plan.plan)
app.command("models", help=models.HELP)(models.models)
app.command("runs", help=runs.RUNS_HELP)(runs.runs)
app.command("show", help=runs.SHOW_HELP)(runs.show)
app.command("init", help=init.HELP)(init.init)
app.command("doctor", help=doctor.HELP)(doctor.doctor)

_graphs = _group(graphs.HELP)
_graphs.callback()(graphs.graphs)
_graphs.command("show", help=graphs.SHOW_HELP)(graphs.show)
app.add_typer(_graphs, name="graphs")

_bench = _group(bench.HELP)
_bench.callback()(_opening)
_bench.command("zoo", help=bench.ZOO_HELP)(bench.zoo)
app.add_typer(_bench, name="bench")

_config = _group(config.HELP)
_config.callback()(_opening)
_config.command("show", help=config.SHOW_HELP)(config.show)
app.add_typer(_config, name="config")


def invoke(arguments: Sequence[str]) -> int:
    """Run the command of these arguments and give its exit code; its errors are raised as they are."""
    forgiving()
    command = typer.main.get_command(app)
    with command.make_context(NAME, list(arguments)) as context:
        return int(command.invoke(context) or 0)
