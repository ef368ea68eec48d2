"""The engine's program: serve | index | search | status | check | encoder | evaluate, and what it starts itself:
render-worker | fetch | make-ready.

Imports stay light here, because renderers start often.
"""

import sys

from indexer import quiet


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    quiet.set_switches()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["render-worker"]:
        from indexer.render import worker

        return worker.main()
    if arguments[:1] == ["fetch"]:
        quiet.set_switches(may_download=True)
        from indexer.encoder import fetch

        return fetch.main()
    if arguments[:1] == ["make-ready"]:
        from indexer import machine_code

        return machine_code.main(arguments[1:])
    from indexer import cli

    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
