"""`python -m tcvc_cli` is `tcvc`."""

import sys

from tcvc_cli.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
