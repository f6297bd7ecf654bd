"""`symposium doctor`: what works here, what does not, and what to do next."""

import sys
from dataclasses import asdict

from symposium.cli import options
from symposium.cli.exits import Exit
from symposium.cli.table import print_hung, print_json, print_lines

HELP = """Check what works here and say what to do next.

Looks at Python, configuration, ledger, bundled minds (one token from each), Ollama and keys. Exit code 3: something
that is configured is broken.
"""
MARKS = {"ok": "✓", "absent": "·", "broken": "✗"}


def doctor(as_json: options.Json = False) -> int:
    import asyncio

    from symposium.cli.checks import advice, examined

    findings = asyncio.run(examined())
    todo = advice(findings)
    if as_json:
        print_json({"checks": [asdict(finding) for finding in findings], "next": todo})
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            print_hung(f"{MARKS[finding.state]} {finding.what:<{width}}  ", finding.told)
        print_lines("", "What to do next:")
        for line in todo:
            print_hung("- ", line)
    sys.stdout.flush()
    return Exit.CONFIGURATION if any(finding.state == "broken" for finding in findings) else Exit.ANSWER
